import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { join } from "node:path";
import { operatorEnvironment } from "../operator.ts";
import { INSIDE, type Lab, upCommand } from "../state.ts";
import type { DeviceKind, Node } from "../topology.ts";
import { DEVICE_ENVIRONMENT, initOf } from "./node.ts";
import { OPENWRT_LAB_ENV } from "./openwrt-disk.ts";
import { descendant, kill } from "./processes.ts";

/** Signals that are passed on to a command in a node. */
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Starts a command on a node. `kill` of the child reaches the command itself. Throws when the node is down. */
export function enter(lab: Lab, node: Node, argv: readonly string[], options: SpawnOptions): ChildProcess {
  const init = initOf(lab, node);
  if (init === undefined) throw new Error(`${node.name} is down; run: ${upCommand(lab)}`);
  return node.kind === "host" ? enterHost(lab, node, init, argv, options) : enterDevice(node.kind, init, argv, options);
}

/** nsenter replaces itself by the command, so the child is the command. */
function enterHost(lab: Lab, node: Node, init: number, argv: readonly string[], options: SpawnOptions): ChildProcess {
  const cwd = node.name === "operator" ? join(lab.dir, "project") : "/";
  const enter = [
    "--target",
    String(init),
    "--mount",
    "--uts",
    "--ipc",
    "--net",
    "--",
    "env",
    `--chdir=${cwd}`,
    ...argv,
  ];
  return spawn("nsenter", enter, { ...options, env: environmentOn(lab, node) });
}

function environmentOn(lab: Lab, node: Node): NodeJS.ProcessEnv {
  const operator: NodeJS.ProcessEnv = { ...operatorEnvironment(lab), [INSIDE]: lab.name };
  // The other hosts have the operator's programs, but not its secrets.
  return node.name === "operator"
    ? operator
    : { ...DEVICE_ENVIRONMENT, PATH: operator.PATH, HOME: "/", [INSIDE]: lab.name };
}

// Entering a process namespace takes a fork. The forking nsenter must outlive a Ctrl-C that its command handles, and knows
// no way to report a signal that it ignores itself; so a shell in between turns that into 128 + n.
const WAITING = 'trap : INT TERM HUP; (exec "$@"); exit $?';

function enterDevice(kind: DeviceKind, init: number, argv: readonly string[], options: SpawnOptions): ChildProcess {
  const all = ["--mount", "--uts", "--ipc", "--net", "--pid"];
  const enter = ["nsenter", "--target", String(init), ...all, "--", envOn(kind), ...defaultSignals("--default-signal")];
  const child = spawn("env", [...defaultSignals("--ignore-signal"), ...enter, "sh", "-c", WAITING, "sh", ...argv], {
    ...options,
    env: { ...DEVICE_ENVIRONMENT, TERM: process.env.TERM ?? "dumb" },
  });
  const killOuter = child.kill.bind(child);
  // The child is nsenter, below it the shell, below that the command, once they have got that far.
  child.kill = (signal = "SIGTERM") => {
    const [shell, command] = [1, 2].map((depth) => descendant(child.pid ?? 0, depth));
    if (command !== undefined) return kill(command, signal);
    return shell !== undefined ? kill(shell, "SIGKILL") : killOuter("SIGKILL");
  };
  return child;
}

/** busybox has an env without signals. */
const envOn = (kind: DeviceKind): string => (kind === "openwrt" ? OPENWRT_LAB_ENV : "env");

function defaultSignals(option: string): readonly string[] {
  return SIGNALS.map((signal) => `${option}=${signal.slice(3)}`);
}
