import { benchSelf } from "../../cli/self/bench-self.ts";
import { startupFigures } from "../../cli/self/startup.ts";

jest.mock("../../cli/self/startup.ts");

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let printed: string[];

beforeEach(() => {
  printed = [];
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
