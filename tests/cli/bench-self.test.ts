import { benchSelf } from "../../cli/self/bench-self.ts";
import { startupFigures } from "../../cli/self/startup.ts";

jest.mock("../../cli/self/startup.ts");

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let printed: string[];

beforeEach(() => {
  printed = [];
  jest.mocked(startupFigures).mockReset();
  jest.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  jest.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  jest.restoreAllMocks();
});

test("S30 terminal-safe output: a part that fails is told in words that don't act on a terminal", async () => {
  jest.mocked(startupFigures).mockRejectedValue(new Error("a\u001b[2Jb"));
  expect(await benchSelf(["check"])).toBe(1);
  expect(printed[0]).toBe("failed  check: a\\u{1b}[2Jb\n");
});

test.each([
  [0, "nothing is missed", ["ok", "ok"]],
  [1, "one can't be told", ["ok", "UNCLEAR"]],
  [3, "one is missed", ["MISSED", "UNCLEAR", "ok"]],
])("the exit code is %i when, of the targets, %s", async (code, _, verdicts) => {
  const between = { ok: [1, 2], UNCLEAR: [1, 3], MISSED: [3, 4] } as const;
  const figures = verdicts.map((verdict) => ({
    ...{ name: verdict, claim: "", limit: 2, unit: "times" as const, conditions: "" },
    result: { value: 2, between: between[verdict as keyof typeof between] },
  }));
  jest.mocked(startupFigures).mockResolvedValue(figures);
  expect(await benchSelf(["check"])).toBe(code);
  for (const verdict of verdicts) expect(printed.join("")).toContain(`${verdict.padEnd(7)} ${verdict}: `);
});

test("a word that no part has in its name is refused before anything is measured", async () => {
  const refused = { exitCode: 2, message: expect.stringMatching(/^no part is called grwth or x; there are check, /) };
  await expect(benchSelf(["check", "grwth", "x"])).rejects.toMatchObject(refused);
  expect(startupFigures).not.toHaveBeenCalled();
});
