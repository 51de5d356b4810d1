import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { register } from "../../cli/demo.ts";
import { benchSelf } from "../../cli/self/bench-self.ts";
import { growthFigures } from "../../cli/self/growth.ts";
import { previewFigures } from "../../cli/self/preview.ts";
import { down } from "../../lab/down.ts";
import { startOf } from "../../lab/namespaces/processes.ts";
import { up } from "../../lab/up.ts";
import { withFiles } from "../support/cli.ts";

jest.mock("../../cli/self/growth.ts");
jest.mock("../../cli/self/preview.ts");
jest.mock("../../lab/down.ts");
jest.mock("../../lab/up.ts");

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const here = process.cwd();
const happened: string[] = [];

beforeEach(() => {
  happened.length = 0;
  process.env.WIREWRIGHT_STATE = "/nonexistent/state";
  jest.mocked(down).mockImplementation(async () => happened.push("down") > 0);
  jest.mocked(up).mockImplementation(async () => {
    happened.push("up");
    return [];
  });
  jest.spyOn(process, "exit").mockImplementation(() => happened.push("exit") as never);
  jest.spyOn(process.stdout, "write").mockReturnValue(true);
  jest.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  process.chdir(here);
  process.exitCode = undefined;
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  jest.restoreAllMocks();
});

async function demo(): Promise<void> {
  const program = new Command().exitOverride();
  register(program);
  await program.parseAsync(["demo"], { from: "user" });
}

/** What a process gets of a Ctrl-C, from the terminal and from npm. Without a listener either would be the end. */
function signalled(signal: NodeJS.Signals): void {
  for (const sender of ["terminal", "npm"]) happened.push(process.emit(signal) ? signal : `killed from ${sender}`);
}

test.each(SIGNALS)("demo: %s fails the step that it meets, and the lab goes down", (signal) =>
  withFiles({}, async (directory) => {
    process.chdir(directory);
    jest.mocked(up).mockImplementation(async () => {
      signalled(signal);
      return [];
    });
    await demo();
    expect([process.exitCode, happened]).toEqual([1, ["down", signal, signal, "down"]]);
    const { steps } = JSON.parse(readFileSync(join(directory, "out/demo/report.json"), "utf8"));
    expect(steps).toMatchObject([
      { name: "bring a fresh lab up", status: "failed", detail: "interrupted" },
      { name: "take the lab down", status: "done", detail: "nothing left" },
    ]);
  }),
);

test.each(SIGNALS)("bench self: %s ends what is measured, and the lab goes down", async (signal) => {
  jest.mocked(previewFigures).mockImplementation(async (_lab, _seed, _say, stop) => {
    signalled(signal);
    stop.throwIfAborted();
    return [];
  });
  expect(await benchSelf(["preview", "growth"])).toBe(1);
  expect(happened).toEqual(["down", "up", signal, signal, "down"]);
  expect(growthFigures).not.toHaveBeenCalled();
});

test.each([
  ["demo", "demo", demo],
  ["bench self", "benchself", () => benchSelf(["growth"])],
])("%s: while another run has the lab, that is told, and nothing is taken down", (_, name, run) =>
  withFiles({}, async (directory) => {
    process.env.WIREWRIGHT_STATE = directory;
    const other = { pid: process.ppid, start: startOf(process.ppid) };
    mkdirSync(join(directory, "lab", name), { recursive: true });
    writeFileSync(join(directory, "lab", name, "lab.json"), JSON.stringify({ checkout: "/elsewhere", owner: other }));
    await expect(run()).rejects.toThrow(
      `lab "${name}" is in use by process ${process.ppid}; wait until that has ended, or end it: kill ${process.ppid}`,
    );
    expect(happened).toEqual([]);
  }),
);
