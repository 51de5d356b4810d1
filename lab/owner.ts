import { lives, type Process, startOf } from "./namespaces/processes.ts";
import { deedOf, type Lab } from "./state.ts";

/** This process, as the one that a lab is made for. */
export const ourselves = (): Process => ({ pid: process.pid, start: startOf(process.pid) });

/** Throws, with the next step, while the process that the lab was made for lives, unless that is the one who asks. */
export function requireFree(lab: Lab, asking: Process): void {
  const owner = deedOf(lab)?.owner;
  if (owner === undefined || owner.pid === asking.pid || !lives(owner)) return;
  throw new Error(
    `lab "${lab.name}" is in use by process ${owner.pid}; wait until that has ended, or end it: kill ${owner.pid}`,
  );
}
