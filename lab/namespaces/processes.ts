import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../tools/alive.ts";

// Everything here is read from the kernel, never from a record of ours: a pid file can lie after a crash.

/** Where the names of network namespaces are. */
export const NAMESPACES = "/run/netns";

/** The identity of a named network namespace, or undefined when there is none. */
export function namespaceId(namespace: string): string | undefined {
  const named = statSync(`${NAMESPACES}/${namespace}`, { throwIfNoEntry: false });
  // On the place's own file system it is only the name, as a killed `ip netns add` leaves it.
  return named && named.dev !== statSync(NAMESPACES).dev ? `net:[${named.ino}]` : undefined;
}

/** The processes whose network is that namespace. */
function processesIn(id: string): readonly number[] {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => quietly(() => readlinkSync(`/proc/${pid}/ns/net`)) === id).map(Number);
}

/** The first process of the node that lives in that namespace: number 1 of a process namespace right below ours. */
export function initIn(id: string): number | undefined {
  const firsts = processesIn(id).filter((pid) => /^NSpid:\t\d+\t1$/m.test(statusOf(pid)) && isAlive(String(pid)));
  // A command there may have made a process namespace too, but later.
  return firsts.sort((a, b) => startOf(a) - startOf(b))[0];
}

/** A process that can be told from a later one of the same number. */
export interface Process {
  readonly pid: number;
  /** In clock ticks since the machine started. */
  readonly start: number;
}

/** Whether it still is there, and not as a zombie that nobody waits for. */
export function lives({ pid, start }: Process): boolean {
  return startOf(pid) === start && isAlive(String(pid));
}

const statusOf = (pid: number): string => quietly(() => readFileSync(`/proc/${pid}/status`, "utf8")) ?? "";

/** When it started, see `Process`; later than anything when there is none. */
export function startOf(pid: number): number {
  // Field 22 of proc_pid_stat(5); the second one may hold spaces and brackets.
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, "utf8")) ?? "";
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? Number.POSITIVE_INFINITY);
}

/** A file of `/proc/PID/net`, as that process's network sees it; empty when the process is gone. */
export function netFile(pid: number, name: "dev" | "tcp"): string {
  return quietly(() => readFileSync(`/proc/${pid}/net/${name}`, "utf8")) ?? "";
}

/** The process that `pid` started, `generations` down its first children; undefined when there is none (yet). */
export function descendant(pid: number, generations: number): number | undefined {
  if (generations === 0) return pid;
  const children = quietly(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")) ?? "";
  const first = Number(children.split(" ")[0]);
  return first > 0 ? descendant(first, generations - 1) : undefined;
}

/** Ends everything that lives in a namespace; throws when something survives for 10 s. */
export async function killAll(id: string): Promise<void> {
  for (let round = 0; round < 1000; round++) {
    const pids = processesIn(id);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid, "SIGKILL");
    await sleep(10);
  }
  throw new Error(
    `processes ${processesIn(id).join(", ")} do not end; look at them with ps, then run the command again`,
  );
}

/** False when it has ended meanwhile. */
export function kill(pid: number, signal: NodeJS.Signals | number): boolean {
  return quietly(() => process.kill(pid, signal)) ?? false;
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // processes come and go while we look
  }
}
