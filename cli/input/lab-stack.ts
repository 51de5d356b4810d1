import { join } from "node:path";
import { badInput } from "../../device/bad-input.ts";
import { capture, requireUp } from "../../lab/run.ts";
import { type Lab, requireOutside } from "../../lab/state.ts";
import { topology } from "../../lab/topology.ts";
import type { Stack } from "../../project/stack.ts";
import { openStackFile } from "./stack.ts";
import { readSettings, secretCommand, secretStaysClosed, stackFilesIn } from "./stack-file.ts";

/** A stack of the lab's own project copy, for a program that then enters its networks. */
export async function openLabStack(lab: Lab, name: string): Promise<Stack> {
  requireOutside(lab);
  requireUp(lab);
  const directory = join(lab.dir, "project");
  const found = stackFilesIn(directory).find((one) => one.name === name);
  if (found === undefined) throw badInput(`the lab's project has no stack "${name}"`);
  const read = { ...found, settings: readSettings(found.file) };
  const stack = await openStackFile(read, () => askPulumi(lab, name));
  if (topology.nodes.some((node) => node.name === stack.plan.server && node.kind !== "host")) return stack;
  throw badInput(`stack ${name} deploys ${stack.plan.server}, and the lab has no such device`);
}

async function askPulumi(lab: Lab, stack: string): Promise<string> {
  const { code, stdout } = await capture(lab, { argv: secretCommand(stack) });
  if (code === 0) return stdout;
  throw secretStaysClosed(stack, `try: wirewright lab run --name ${lab.name} -- pulumi config --stack ${stack}`);
}
