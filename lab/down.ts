import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { releaseDisks } from "./namespaces/disks.ts";
import { exclusively } from "./namespaces/lock.ts";
import { closePlace, namespacesOf, removeNamespace } from "./namespaces/namespace.ts";
import { killAll, namespaceId, type Process } from "./namespaces/processes.ts";
import { requireFree } from "./owner.ts";
import { DEED, type Lab, stateRoot } from "./state.ts";
import type { Progress } from "./up.ts";

export interface DownOptions extends Progress {
  /** Who asks. Throws while the lab is another's, see `up`. Default: somebody whose wish counts always. */
  readonly owner?: Process;
}

/** Removes every trace of a lab, whatever state a crash left it in. Returns false when there was none. */
export async function down(lab: Lab, { onStep = () => undefined, owner }: DownOptions = {}): Promise<boolean> {
  return exclusively(lab, async () => {
    if (owner !== undefined) requireFree(lab, owner);
    const namespaces = namespacesOf(lab);
    const files = readdirSync(lab.dir);
    if (namespaces.length > 0) onStep("ending its processes");
    const ids = namespaces.map(namespaceId).filter((id) => id !== undefined);
    await Promise.all(ids.map(killAll));
    if (namespaces.length + files.length > 0) onStep("removing namespaces and files");
    for (const namespace of namespaces) await removeNamespace(namespace);
    await closePlace();
    if (existsSync(join(lab.dir, DEED))) await removeFiles(lab);
    for (const dir of [lab.dir, dirname(lab.dir), stateRoot()]) removeIfEmpty(dir);
    return namespaces.length + files.length > 0;
  });
}

/** The deed goes last: without it nothing is removed, so a killed `down` could not go on. */
async function removeFiles(lab: Lab): Promise<void> {
  await releaseDisks(lab);
  for (const name of readdirSync(lab.dir).filter((entry) => entry !== DEED)) {
    rmSync(join(lab.dir, name), { recursive: true, force: true });
  }
  rmSync(join(lab.dir, DEED));
}

function removeIfEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // another lab lives there, or somebody's files
  }
}
