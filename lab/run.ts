import type { ChildProcess, ChildProcessWithoutNullStreams, SpawnOptions, StdioOptions } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { collect, exitCode, type Feed, type Outcome } from "./execute.ts";
import { enter, SIGNALS } from "./namespaces/enter.ts";
import { DEED, type Lab, nodeOf, upCommand } from "./state.ts";

export interface Command {
  /** Name of a node or client; default: the operator. */
  readonly on?: string;
  readonly argv: readonly string[];
}

/** Runs a command as if it had been started there: stdio, signals and exit code are its own. Returns the exit code. */
export async function run(lab: Lab, command: Command & { readonly stdio?: StdioOptions }): Promise<number> {
  // A terminal sends Ctrl-C to the command too; passing it on would make it two, which some tools take for "at once".
  const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  let child: ChildProcess | undefined;
  const forward = (signal: NodeJS.Signals) => {
    if (!terminal || signal === "SIGTERM") child?.kill(signal);
  };
  // Before the command starts: it may be signalled as soon as it says its first word.
  for (const signal of SIGNALS) process.on(signal, forward);
  try {
    child = start(lab, command, { stdio: command.stdio ?? "inherit" });
    const [code, signal] = await once(child, "exit");
    return exitCode(code, signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}

/** Runs a command to its end, or until `timeoutSeconds` (default 60) are over: then its code is 124. */
export function capture(lab: Lab, command: Command & Feed): Promise<Outcome> {
  const child = start(lab, command, { stdio: ["pipe", "pipe", "pipe"] }) as ChildProcessWithoutNullStreams;
  return collect(child, command, () => child.kill("SIGKILL"));
}

/** Starts a long-lived helper on a node, its output on pipes. End it with `kill`, which reaches the command itself. */
export function spawnOn(lab: Lab, node: string, argv: readonly string[]): ChildProcessWithoutNullStreams {
  return start(lab, { on: node, argv }, { stdio: ["pipe", "pipe", "pipe"] }) as ChildProcessWithoutNullStreams;
}

/** Throws, with the next step, when the lab is not up. */
export function requireUp(lab: Lab): void {
  if (!existsSync(join(lab.dir, DEED))) throw new Error(`lab "${lab.name}" is not up; run: ${upCommand(lab)}`);
}

function start(lab: Lab, { on = "operator", argv }: Command, options: SpawnOptions): ChildProcess {
  requireUp(lab);
  if (argv.length === 0) throw new Error("no command given; write it after --");
  return enter(lab, nodeOf(lab, on), argv, options);
}
