import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareDisks } from "./namespaces/disks.ts";
import { exclusively } from "./namespaces/lock.ts";
import { ensureSwitch, namespacesOf, switchOf } from "./namespaces/namespace.ts";
import { boot, isUp } from "./namespaces/node.ts";
import type { Process } from "./namespaces/processes.ts";
import { prepareOperator } from "./operator.ts";
import { requireFree } from "./owner.ts";
import { missingPackages } from "./packages.ts";
import { DEED, type Deed, deedOf, type Lab, nodesOf, privateDir } from "./state.ts";
import { type Kinds, type Segment, topology } from "./topology.ts";

export interface Progress {
  readonly onStep?: (step: string) => void;
}

export interface UpOptions extends Progress {
  /** What devices shall resemble; that can't change while the lab is up. Default: as they are, else `debian`. */
  readonly kinds?: Kinds;
  /** Whom the lab is made for: while that process lives, nobody else who is named so gets it or takes it down. */
  readonly owner?: Process;
}

/**
 * Brings a lab up, or what has died of one that is up. Throws, with the next step, when it can't. Returns what of this lab
 * is not as one would expect, which it says as a step, too.
 */
export async function up(lab: Lab, { onStep = () => undefined, kinds = {}, owner }: UpOptions = {}): Promise<string[]> {
  requireMachine(kinds);
  const remarks: string[] = [];
  const remark = (text: string | undefined) => {
    if (text === undefined) return;
    remarks.push(text);
    onStep(text);
  };
  await exclusively(lab, async () => {
    claim(lab, kinds, owner);
    remark(await prepareDisks(lab));
    onStep("keys, project copy, Pulumi settings");
    remark(await prepareOperator(lab));
    onStep("wires");
    await ensureSwitch(lab, Object.keys(topology.wires) as Segment[]);
    const asleep = nodesOf(lab).filter((node) => !isUp(lab, node));
    onStep(asleep.length > 0 ? `booting ${asleep.map((node) => node.name).join(", ")}` : "everything is up already");
    const booted = await Promise.allSettled(asleep.map((node) => boot(lab, node)));
    const failed = booted.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  });
  return remarks;
}

function requireMachine(kinds: Kinds): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new Error("a lab needs Linux and root, for network namespaces; run it with sudo");
  }
  const missing = missingPackages(Object.values(kinds));
  if (missing.length > 0) throw new Error(`a lab needs more tools; run: apt-get install -y ${missing.join(" ")}`);
}

/** Makes the state directory ours and records the owner, or finds out that the name is taken or the devices are others. */
function claim(lab: Lab, kinds: Kinds, owner: Process | undefined): void {
  if (owner !== undefined) requireFree(lab, owner);
  const deed = deedOf(lab);
  const again = `take it down first: wirewright lab down --name ${lab.name}`;
  if (deed) {
    if (deed.checkout !== lab.checkout) throw new Error(`lab "${lab.name}" belongs to ${deed.checkout}; ${again}`);
    const other = nodesOf(lab).find((node) => (kinds[node.name] ?? node.kind) !== node.kind);
    if (other) throw new Error(`${other.name} of lab "${lab.name}" is ${other.kind}; ${again}`);
    if (owner !== undefined) writeDeed(lab, { ...deed, owner });
    return;
  }
  if (namespacesOf(lab).length > 0) {
    throw new Error(
      `${switchOf(lab)} exists, but ${lab.dir} knows nothing of it; choose another name, or remove it: wirewright lab down --name ${lab.name}`,
    );
  }
  privateDir(lab.dir);
  writeDeed(lab, { checkout: lab.checkout, kinds, ...(owner && { owner }) });
}

/** Whole or not at all: others read it meanwhile, and a half one could not be told from a broken lab. */
function writeDeed(lab: Lab, deed: Deed): void {
  const file = join(lab.dir, DEED);
  writeFileSync(`${file}.new`, `${JSON.stringify({ name: lab.name, ...deed })}\n`);
  renameSync(`${file}.new`, file);
}
