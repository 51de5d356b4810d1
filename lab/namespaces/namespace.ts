import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execute, must } from "../execute.ts";
import { type Lab, namespaceOf } from "../state.ts";
import type { Node, Segment } from "../topology.ts";
import { cableBatch, networkScript, portOf, switchBatch } from "../wiring.ts";
import { amongLabs } from "./lock.ts";
import { NAMESPACES, namespaceId } from "./processes.ts";

/** The namespace that holds the lab's wires. It has no processes and no addresses. */
const SWITCH = "switch";

export const switchOf = (lab: Lab): string => namespaceOf(lab, SWITCH);

/**
 * Makes an empty namespace of that name. `ip netns` would leave a mount of its own behind for good, so we mount the place
 * first, under our name, and `closePlace` takes it away when the last namespace has gone.
 */
async function addNamespace(namespace: string): Promise<void> {
  await removeNamespace(namespace);
  await amongLabs(async () => {
    if (mountAtPlace() === undefined) {
      mkdirSync(NAMESPACES, { recursive: true });
      // -n: mount(8) would keep notes below /run too.
      await must(["mount", "-n", "-t", "tmpfs", "-o", "mode=755", "wirewright", NAMESPACES]);
      await must(["mount", "-n", "--make-shared", NAMESPACES]);
    }
    await must(["ip", "netns", "add", namespace]);
  });
}

/**
 * Leaves the place as the first lab has found it, unless somebody still has a namespace there, or keeps the place itself
 * open: then it goes with the last namespace of the next lab.
 */
export function closePlace(): Promise<void> {
  return amongLabs(async () => {
    // Whoever lists the names has it open for a moment.
    for (let round = 0; round < 20; round++) {
      if (mountAtPlace() !== "wirewright" || readdirSync(NAMESPACES).length > 0) return;
      if (await unmountPlace()) return rmdirSync(NAMESPACES);
      await sleep(20);
    }
  });
}

/** False when it is in use. Not lazily (`-l`): that would take away a name that somebody adds at this moment. */
async function unmountPlace(): Promise<boolean> {
  const { code, stderr } = await execute(["env", "LC_ALL=C", "umount", "-n", NAMESPACES]);
  if (code !== 0 && !stderr.includes("busy")) throw new Error(`umount -n ${NAMESPACES} failed: ${stderr.trim()}`);
  return code === 0;
}

/** What is mounted where namespaces get their names, by its source; undefined when nothing is. */
function mountAtPlace(): string | undefined {
  if (!existsSync(NAMESPACES)) return undefined;
  const file = openSync(NAMESPACES, "r");
  try {
    // By number: the table of mounts also lists those that others cover.
    const [, id] = /^mnt_id:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${file}`, "utf8")) ?? [];
    const rows = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    const row = rows.find((one) => one.startsWith(`${id} `)) ?? "";
    // proc_pid_mountinfo(5): number, parent, device, root, place, options, [more], "-", type, source, options
    return row.split(" ")[4] === NAMESPACES ? row.split(" - ")[1]?.split(" ")[1] : undefined;
  } finally {
    closeSync(file);
  }
}

/** Every namespace of this lab that exists by name, usable or not. */
export function namespacesOf(lab: Lab): readonly string[] {
  const prefix = namespaceOf(lab, "");
  return readIfThere(NAMESPACES).filter((name) => name.startsWith(prefix));
}

function readIfThere(dir: string): readonly string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

export async function ensureSwitch(lab: Lab, segments: readonly Segment[]): Promise<void> {
  if (namespaceId(switchOf(lab))) return;
  await addNamespace(switchOf(lab));
  // Wires carry frames; they have nothing to say themselves.
  await inside(switchOf(lab), "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
  await must(["ip", "-n", switchOf(lab), "-batch", "-"], { stdin: switchBatch(segments) });
}

/** Makes a node's network: namespace, cables, addresses, routes. */
export async function wire(lab: Lab, node: Node): Promise<void> {
  const namespace = namespaceOf(lab, node.name);
  await addNamespace(namespace);
  await must(["ip", "-n", switchOf(lab), "-batch", "-"], { stdin: cableBatch(node, namespace) });
  await inside(namespace, networkScript(node));
}

/** Takes a node's network away, or what a crash left of it. Its processes must have ended. */
export async function unwire(lab: Lab, node: Node): Promise<void> {
  // The namespace itself goes at the kernel's leisure; a port of the same name may be wanted at once.
  const lines = node.links.map((link) => `link delete ${portOf(link)}\n`);
  if (namespaceId(switchOf(lab))) {
    await execute(["ip", "-n", switchOf(lab), "-force", "-batch", "-"], { stdin: lines.join("") });
  }
  await removeNamespace(namespaceOf(lab, node.name));
}

export async function removeNamespace(namespace: string): Promise<void> {
  if (readIfThere(NAMESPACES).includes(namespace)) await must(["ip", "netns", "delete", namespace]);
}

function inside(namespace: string, script: string): Promise<string> {
  return must(["ip", "netns", "exec", namespace, "sh", "-s"], { stdin: script });
}
