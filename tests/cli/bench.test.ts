import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import type { BenchRecord } from "../../bench/model.ts";
import { type BenchRequest, benchRun } from "../../cli/bench/session.ts";
import { register } from "../../cli/bench.ts";
import { record } from "../bench/fixtures.ts";
import { withFiles } from "../support/cli.ts";

jest.mock("../../cli/bench/session.ts");

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs the verb; `meanwhile` is what happens while it measures. Returns what it printed and how it failed. */
async function bench(
  options: readonly string[],
  meanwhile = (_: BenchRequest): void => undefined,
  measures = record(),
) {
  const printed: string[] = [];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  const measured = jest.mocked(benchRun).mockReset();
  measured.mockImplementation(async (request) => {
    meanwhile(request);
    return measures;
  });
  const program = new Command().exitOverride();
  register(program);
  const argv = ["bench", "run", "--stack", "nas", ...options];
  const failure: unknown = await program.parseAsync(argv, { from: "user" }).then(
    () => undefined,
    (error) => error,
  );
  return { out: printed.join(""), failure, measured: measured.mock.calls.length };
}

test.each(["--json", "--html"])("a file that can't be written to is told by %s before anything is measured", (option) =>
  withFiles({ file: "" }, async (directory) => {
    const paths = [join(directory, "file/record"), directory];
    for (const path of paths) {
      const { failure, measured } = await bench([option, path]);
      expect(failure).toMatchObject({
        exitCode: 2,
        message: expect.stringMatching(/^\S+ can't be written \(\w+\); name another file$/),
      });
      expect(measured).toBe(0);
    }
  }),
);

test("the folder of the record is made, and an old record stays until there is a new one", () =>
  withFiles({ "old.json": "old" }, async (directory) => {
    const [made, old] = [join(directory, "out/of/here/new.json"), join(directory, "old.json")];
    const seen: string[] = [];
    const look = () => seen.push(readFileSync(old, "utf8"), ...readdirSync(join(directory, "out/of/here")));
    expect(await bench(["--json", made, "--html", old], look)).toMatchObject({ failure: undefined });
    expect(seen).toEqual(["old"]);
    expect(JSON.parse(readFileSync(made, "utf8"))).toEqual(record());
    expect(readFileSync(old, "utf8")).toContain("<html");
  }));

test("a record that can't be written after all takes the summary with it no more", () =>
  withFiles({}, async (directory) => {
    const folder = join(directory, "out");
    mkdirSync(folder);
    const takeAway = () => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "");
    };
    const { out, failure } = await bench(["--json", join(folder, "record.json")], takeAway);
    expect(out).toContain("nas/wg1");
    expect(failure).toMatchObject({ message: expect.stringContaining("record.json can't be written (ENOTDIR)") });
  }));

test.each<[number, string, BenchRecord["session"]["state"], readonly BenchRecord["runs"][number]["status"][]]>([
  [0, "all are valid", "complete", ["valid", "valid"]],
  [0, "one does not count", "complete", ["valid", "invalid"]],
  [1, "none counts", "complete", ["invalid", "invalid"]],
  [1, "one failed", "complete", ["valid", "failed"]],
  [1, "one was interrupted", "interrupted", ["valid", "interrupted"]],
  [1, "the session ended early", "interrupted", ["valid", "invalid"]],
  [1, "the session ended before the first", "interrupted", []],
])("the exit code is %i when, of the runs, %s", async (code, _, state, statuses) => {
  const { session, runs, ...rest } = record();
  const measured = {
    ...rest,
    session: { ...session, state },
    runs: runs.slice(0, statuses.length).map((run, i) => ({ ...run, status: statuses[i] ?? run.status })),
  };
  expect(await bench([], undefined, measured)).toMatchObject({ failure: undefined });
  expect(process.exitCode).toBe(code);
});

test("S30 terminal-safe output: what is said meanwhile does not act on a terminal", async () => {
  const said: string[] = [];
  jest.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  await bench([], ({ onStep, onRun }) => {
    const [run] = record().runs;
    if (run === undefined) throw new Error("no run");
    onStep?.("a\u001b[2Jb");
    onRun?.({ kind: "ended", run: { ...run, faults: ["\u202e"], doubts: ["\r"] }, number: 1, total: 1 });
  });
  expect(said.join("")).toMatch(
    /^bench: a\\u\{1b\}\[2Jb\nbench: 1\/1 nas\/wg1 \S+: valid after 0.0 s \(\\u\{202e\}; \\u\{d\}\)\n$/,
  );
});
