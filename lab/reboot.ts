import { eraseDisk } from "./namespaces/disk.ts";
import { exclusively } from "./namespaces/lock.ts";
import { boot, halt } from "./namespaces/node.ts";
import { requireUp } from "./run.ts";
import { type Lab, nodeOf } from "./state.ts";
import type { Node } from "./topology.ts";

/** Power off and on: files stay, everything else is gone. */
export async function reboot(lab: Lab, device: string): Promise<void> {
  const node = deviceOf(lab, device);
  await exclusively(lab, () => boot(lab, node));
}

/** Puts a brand-new device in the place of the old one. It answers with the same ssh host key. */
export async function replace(lab: Lab, device: string): Promise<void> {
  const node = deviceOf(lab, device);
  await exclusively(lab, async () => {
    await halt(lab, node);
    eraseDisk(lab, node);
    await boot(lab, node);
  });
}

function deviceOf(lab: Lab, name: string): Node {
  requireUp(lab);
  const node = nodeOf(lab, name);
  if (node.kind === "host")
    throw new Error(`${name} is a plain host without files of its own; name a device: router, nas`);
  return node;
}
