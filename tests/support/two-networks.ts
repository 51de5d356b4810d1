import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { must } from "../../lab/execute.ts";
import type { Place } from "../../lab/prober.ts";

export interface TwoNetworks {
  /** 10.9.0.1 and fd09::1 */
  readonly near: Place;
  /** 10.9.0.2 and fd09::2 */
  readonly far: Place;
  readonly close: () => Promise<void>;
}

/** Two network namespaces without a name, joined by one cable. They vanish with the two processes that hold them. */
export async function twoNetworks(): Promise<TwoNetworks> {
  const holders = [holder(), holder()] as const;
  const close = async () => {
    for (const child of holders) await end(child);
  };
  try {
    for (const child of holders) await moved(child);
    const [near, far] = [place("near", holders[0]), place("far", holders[1])];
    await must([
      ...near.enter,
      "ip",
      "link",
      "add",
      "eth0",
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      String(holders[1].pid),
    ]);
    for (const [i, { enter }] of [near, far].entries()) {
      const lines = [
        "link set lo up",
        `address add 10.9.0.${i + 1}/24 dev eth0`,
        `address add fd09::${i + 1}/64 dev eth0 nodad`,
        "link set eth0 up",
      ];
      await must([...enter, "ip", "-batch", "-"], { stdin: `${lines.join("\n")}\n` });
    }
    return { near, far, close };
  } catch (error) {
    await close();
    throw error;
  }
}

// Bounded: should a test run be killed, they end by themselves.
const holder = (): ChildProcess => spawn("unshare", ["--net", "sleep", "900"], { stdio: "ignore" });

function place(name: string, child: ChildProcess): Place {
  return { name, enter: ["nsenter", `--net=/proc/${child.pid}/ns/net`, "--"] };
}

async function moved(child: ChildProcess): Promise<void> {
  const ours = readlinkSync("/proc/self/ns/net");
  for (let round = 0; round < 500 && child.exitCode === null; round++) {
    if (readlinkSync(`/proc/${child.pid}/ns/net`) !== ours) return;
    await sleep(10);
  }
  throw new Error("no new network namespace; this test needs root");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
