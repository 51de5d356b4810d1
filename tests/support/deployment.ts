import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execution } from "../../core/plan/stack.ts";
import { renderDocument, sealDocument } from "../../core/render/document.ts";
import { applyCommand, baseCommand } from "../../device/protocol.ts";
import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";
import type { Stack } from "../../project/stack.ts";

const hex = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

/** Puts the helper and every interface of a stack on its lab device as Pulumi would, but by the device's own shell. */
export async function deployByHand(lab: Lab, { plan, keys, config }: Stack): Promise<void> {
  const helper = readFileSync(join(import.meta.dirname, "../../device/wgctl"));
  await shell(lab, plan.server, baseCommand(hex(helper), hex(helper).slice(0, 16), ""), helper);
  for (const wg of plan.interfaces) {
    const document = renderDocument(wg, keys, execution(config, wg.name), hex(wg.path).slice(0, 16));
    const sealed = sealDocument({ ...document, nonce: keys.nonce(wg.path) });
    await shell(lab, plan.server, applyCommand(wg.name, document.digest.slice(0, 16), 0, "root"), sealed);
  }
}

async function shell(lab: Lab, on: string, script: string, stdin: string | Buffer): Promise<void> {
  const { code, stdout, stderr } = await capture(lab, { on, argv: ["sh", "-c", script], stdin, timeoutSeconds: 60 });
  if (code !== 0) throw new Error(`${on}: exit ${code}: ${stderr || stdout}`);
}
