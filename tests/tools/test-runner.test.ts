// tools/test.ts, run in a checkout of its own where checks are one-liners and Jest writes the report that it is told to.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const CHECKOUT = join(__dirname, "../..");
const FAKE_JEST = `const { writeFileSync } = require("node:fs");
const { report, code } = JSON.parse(process.env.FAKE_JEST);
console.log("jest " + process.argv.slice(2).join(" "));
if (report) writeFileSync(process.argv[process.argv.indexOf("--outputFile") + 1], JSON.stringify(report));
process.exit(code);
`;
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "wirewright-runner-"));
  for (const file of [
    "tools/test.ts",
    "tools/alive.ts",
    "tools/jest-report.ts",
    "tools/leftovers.ts",
    "tools/toolchain.ts",
  ])
    cpSync(join(CHECKOUT, file), join(place, file));
  write("node_modules/jest/bin/jest.js", FAKE_JEST);
  mkdirSync(join(place, "node_modules/.bin"));
  mkdirSync(join(place, "tmp"));
  const bundled = join(CHECKOUT, "node_modules/.bin/node"); // Jest itself may run under an older Node
  symlinkSync(existsSync(bundled) ? bundled : process.execPath, join(place, "node_modules/.bin/node"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(place, file)), { recursive: true });
  writeFileSync(join(place, file), text);
}

const report = (passed: number, failed = 0, skipped = 0, unloadable = 0, testResults: object[] = []): object => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: skipped,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: unloadable,
  testResults,
});

/** A test file as Jest reports it; a title is written with the titles above it, outermost first. */
const file = (name: string, status: string, failed: readonly string[][] = []): object => {
  const test = (status: string, titles: readonly string[]) => ({
    status,
    title: titles.at(-1),
    ancestorTitles: titles.slice(0, -1),
  });
  return {
    name,
    status,
    assertionResults: [test("passed", ["a", "good"]), ...failed.map((one) => test("failed", one))],
  };
};

interface Run {
  readonly stdout: string;
  /** The last line. */
  readonly last: string;
  /** What is listed right before it, or nothing. */
  readonly failures: readonly string[];
  readonly status: number | null;
}

/** Runs it to its end; the lab tests are skipped for want of a toolchain and count as one. */
function run(check: string, jest: { readonly report?: object; readonly code: number }): Run {
  write("package.json", JSON.stringify({ type: "module", scripts: { check } }));
  write("node_modules/jest/package.json", "{}");
  const env = {
    ...process.env,
    WIREWRIGHT_CACHE: join(place, "cache"),
    TMPDIR: join(place, "tmp"),
    PATH: "/usr/bin:/bin",
    FAKE_JEST: JSON.stringify(jest),
  };
  const node = join(place, "node_modules/.bin/node");
  const { stdout, status } = spawnSync(node, [join(place, "tools/test.ts")], {
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  const [, list = ""] = /\nfailed \(one file again: npx jest FILE\):\n((?: {2}.*\n)+)\n.*\n$/.exec(stdout) ?? [];
  const failures = list
    .split("\n")
    .filter(Boolean)
    .map((line) => line.slice(2));
  return { stdout, last: stdout.split("\n").slice(-2).join("\n"), failures, status };
}

test("the last line sums checks, unit tests and what was skipped", () => {
  const outcome = run("true && true", { report: report(40, 0, 2), code: 0 });
  expect(outcome).toMatchObject({ last: "tests: 42 passed, 0 failed, 3 skipped\n", status: 0 });
  expect(outcome.stdout).not.toContain("\nfailed ");
});

test.each([
  {
    when: "a check fails",
    check: "true && false",
    jest: { report: report(40), code: 0 },
    last: "tests: 41 passed, 1 failed, 1 skipped\n",
    failures: ["false"],
  },
  {
    when: "a test fails",
    check: "true",
    jest: { report: report(39, 1, 0, 0, [file("/elsewhere/x.test.ts", "failed", [["x"]])]), code: 1 },
    last: "tests: 40 passed, 1 failed, 1 skipped\n",
    failures: ["/elsewhere/x.test.ts", "  ● x"],
  },
  {
    when: "a test file does not load",
    check: "true",
    jest: { report: report(39, 0, 0, 1, [file("/elsewhere/x.test.ts", "failed")]), code: 1 },
    last: "tests: 40 passed, 1 failed, 1 skipped\n",
    failures: ["/elsewhere/x.test.ts: failed as a whole"],
  },
  {
    when: "Jest fails without a failed test",
    check: "true",
    jest: { report: report(40), code: 1 },
    last: "tests: 41 passed, 1 failed, 1 skipped\n",
    failures: ["unit tests: Jest ended with 1, but no test failed"],
  },
  {
    when: "Jest leaves no report",
    check: "true",
    jest: { code: 0 },
    last: "tests: 1 passed, 1 failed, 1 skipped\n",
    failures: [expect.stringContaining("unit tests: no report: ENOENT")],
  },
  {
    when: "nothing ran",
    check: "no-such-tool",
    jest: { report: report(0), code: 0 },
    last: "tests: 0 passed, 0 failed, 2 skipped\n",
    failures: [],
  },
])("it fails when $when, and says so once more at the end", ({ check, jest, last, failures }) => {
  expect(run(check, jest)).toMatchObject({ last, failures, status: 1 });
});

test("what failed is named right before the last line: its file as seen from the checkout, and briefly", () => {
  const many = Array.from({ length: 13 }, (_, i) => ["lab", `row ${i}`]);
  const files = [
    file(join(place, "tests/core/good.test.ts"), "passed"),
    file(join(place, "tests/core/plan.test.ts"), "failed", [
      ["plan", "of two\n   lines", "is empty"],
      ["plan", "is full"],
    ]),
    file(join(place, "tests/lab/drift.test.ts"), "failed", many),
  ];
  expect(run("true && false", { report: report(3, 15, 0, 0, files), code: 1 })).toMatchObject({
    last: "tests: 4 passed, 16 failed, 1 skipped\n",
    failures: [
      "false",
      "tests/core/plan.test.ts",
      "  ● plan › of two lines › is empty",
      "  ● plan › is full",
      "tests/lab/drift.test.ts",
      ...many.slice(0, 10).map((titles) => `  ● ${titles.join(" › ")}`),
      "  and 3 more",
    ],
  });
});

test("labs of tests that were killed are taken down at the start, and no other labs", () => {
  const dead = spawnSync("true").pid;
  const lab = (state: string, name: string) => mkdirSync(join(place, "tmp", state, "lab", name), { recursive: true });
  lab("wirewright-lab-aaaaaa", `net${dead}`);
  lab("wirewright-lab-bbbbbb", `host${dead}`);
  lab("wirewright-lab-bbbbbb", `host${dead}b`);
  lab("wirewright-lab-cccccc", `net${process.pid}`);
  lab("wirewright-lab-dddddd", "demo");
  lab("wirewright-lab-of-mine", `net${dead}`);
  lab("elsewhere", `net${dead}`);
  symlinkSync(join(place, "tmp/elsewhere"), join(place, "tmp/wirewright-lab-eeeeee"));
  write("cli/wirewright.mjs", 'console.log([process.env.WIREWRIGHT_STATE, ...process.argv.slice(2)].join(" "));');
  const { stdout, last } = run("true", { report: report(40), code: 0 });
  expect(stdout.match(/^.* lab down .*$/gm)).toEqual([
    `${join(place, "tmp/wirewright-lab-aaaaaa")} lab down --name net${dead}`,
    `${join(place, "tmp/wirewright-lab-bbbbbb")} lab down --name host${dead}`,
    `${join(place, "tmp/wirewright-lab-bbbbbb")} lab down --name host${dead}b`,
  ]);
  expect(last).toBe("tests: 41 passed, 0 failed, 1 skipped\n");
});

describe("on a machine that can run the lab", () => {
  const able = process.getuid?.() === 0 && existsSync("/etc/debian_version");
  if (!able) console.warn("skipped: what npm test leaves out of the lab tests: it needs root on Debian");
  const whenAble = able ? test : test.skip;

  const PROGRAMS = [
    "bin/pulumi",
    "bin/pulumi-language-nodejs",
    "bin/wireguard-go",
    "plugins/resource-command-v1.2.1/pulumi-resource-command",
  ];
  const withPrograms = (...programs: readonly string[]) => {
    for (const program of programs) {
      write(join("cache", program), "");
      chmodSync(join(place, "cache", program), 0o755);
    }
    return run("true", { report: report(20), code: 0 });
  };
  const LAB = /^jest --selectProjects lab .*/m;

  whenAble("all lab tests are run where boringtun is there", () => {
    const { stdout, last } = withPrograms(...PROGRAMS, "bin/boringtun-cli");
    expect(last).toBe("tests: 41 passed, 0 failed, 0 skipped\n");
    expect(LAB.exec(stdout)?.[0]).not.toContain("Ignore");
  });

  whenAble("without boringtun only the suites that deploy it are left out, by name and with the reason", () => {
    const { stdout, last } = withPrograms(...PROGRAMS);
    const [, names = ""] = /skipped: lab tests of (.*): they need boringtun, which cargo builds\n/.exec(stdout) ?? [];
    const suites = names.split(", ");
    expect(suites.filter((name) => !existsSync(join(CHECKOUT, `tests/lab/${name}.test.ts`)))).toEqual([]);
    expect(LAB.exec(stdout)?.[0]).toContain(`--testPathIgnorePatterns /lab/(${suites.join("|")})\\.test\\.ts$`);
    expect(last).toBe("tests: 41 passed, 0 failed, 1 skipped\n");
  });

  whenAble("without another part no lab test is run, and the part is named", () => {
    const { stdout, last } = withPrograms(...PROGRAMS.slice(0, 3), "bin/boringtun-cli");
    expect(stdout).toContain("skipped: lab tests: no the command plugin; sh tools/run.sh setup builds them");
    expect(LAB.test(stdout)).toBe(false);
    expect(last).toBe("tests: 21 passed, 0 failed, 1 skipped\n");
  });
});
