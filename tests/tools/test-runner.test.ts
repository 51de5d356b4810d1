// tools/test.ts, run in a checkout of its own where checks are one-liners and Jest writes the report that it is told to.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const CHECKOUT = join(__dirname, "../..");
const FAKE_JEST = `const { writeFileSync } = require("node:fs");
const { report, code } = JSON.parse(process.env.FAKE_JEST);
if (report) writeFileSync(process.argv[process.argv.indexOf("--outputFile") + 1], JSON.stringify(report));
process.exit(code);
`;
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "wirewright-runner-"));
  for (const file of ["tools/test.ts", "tools/toolchain.ts"]) cpSync(join(CHECKOUT, file), join(place, file));
  write("node_modules/jest/bin/jest.js", FAKE_JEST);
  mkdirSync(join(place, "node_modules/.bin"));
  const bundled = join(CHECKOUT, "node_modules/.bin/node"); // Jest itself may run under an older Node
  symlinkSync(existsSync(bundled) ? bundled : process.execPath, join(place, "node_modules/.bin/node"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(place, file)), { recursive: true });
  writeFileSync(join(place, file), text);
}

const report = (passed: number, failed = 0, skipped = 0, unloadable = 0): object => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: skipped,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: unloadable,
});

/** The last line and the exit code; the lab tests are skipped for want of a toolchain and count as one. */
function run(
  check: string,
  jest: { readonly report?: object; readonly code: number },
): readonly [string, number | null] {
  write("package.json", JSON.stringify({ type: "module", scripts: { check } }));
  write("node_modules/jest/package.json", "{}");
  const env = {
    ...process.env,
    WIREWRIGHT_CACHE: join(place, "cache"),
    PATH: "/usr/bin:/bin",
    FAKE_JEST: JSON.stringify(jest),
  };
  const node = join(place, "node_modules/.bin/node");
  const { stdout, status } = spawnSync(node, [join(place, "tools/test.ts")], {
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  return [stdout.split("\n").slice(-2).join("\n"), status];
}

test("the last line sums checks, unit tests and what was skipped", () => {
  const outcome = run("true && true", { report: report(40, 0, 2), code: 0 });
  expect(outcome).toEqual(["tests: 42 passed, 0 failed, 3 skipped\n", 0]);
});

test.each([
  ["a check fails", "true && false", { report: report(40), code: 0 }, "tests: 41 passed, 1 failed, 1 skipped\n"],
  ["a test fails", "true", { report: report(39, 1), code: 1 }, "tests: 40 passed, 1 failed, 1 skipped\n"],
  [
    "a test file does not load",
    "true",
    { report: report(39, 0, 0, 1), code: 1 },
    "tests: 40 passed, 1 failed, 1 skipped\n",
  ],
  [
    "Jest fails without a failed test",
    "true",
    { report: report(40), code: 1 },
    "tests: 41 passed, 1 failed, 1 skipped\n",
  ],
  ["Jest leaves no report", "true", { code: 0 }, "tests: 1 passed, 1 failed, 1 skipped\n"],
  ["nothing ran", "no-such-tool", { report: report(0), code: 0 }, "tests: 0 passed, 0 failed, 2 skipped\n"],
])("it fails when %s", (_, check, jest, line) => {
  expect(run(check, jest)).toEqual([line, 1]);
});
