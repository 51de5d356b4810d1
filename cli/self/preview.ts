import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeSeconds, interleaved, ratio, type SelfFigure } from "../../bench/self.ts";
import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";
import { deployIfNeeded } from "../bench-deploy.ts";

const rounds = 7;
const stacks = ["router", "nas"] as const;

/** A preview with nothing to do, which probes the device, against an empty program under the same CLI. */
export async function previewFigures(lab: Lab, seed: string, say: (text: string) => void): Promise<SelfFigure[]> {
  for (const stack of stacks) await deployIfNeeded(lab, stack, say);
  const empty = emptyProject(lab);
  try {
    await pulumi(lab, ["--cwd", empty, "stack", "select", "--create", "empty"]);
    await pulumi(lab, ["--cwd", empty, "up", "--yes", "--skip-preview", "--stack", "empty"]);
    const preview = (...where: readonly string[]) => pulumi(lab, [...where, "preview", "--expect-no-changes"]);
    const subjects = {
      router: () => preview("--stack", "router"),
      nas: () => preview("--stack", "nas"),
      empty: () => preview("--cwd", empty, "--stack", "empty"),
    };
    say("previews with nothing to do");
    for (const subject of Object.values(subjects)) await subject();
    const found = await interleaved(rounds, subjects, seed);
    return stacks.map((stack) => ({
      name: `preview of stack ${stack} with nothing to do`,
      claim: "the device probed, against an empty Node program under the same CLI",
      limit: 1.5,
      unit: "times" as const,
      result: ratio(found[stack], found.empty),
      conditions: `${describeSeconds(found[stack])} against ${describeSeconds(found.empty)}`,
    }));
  } finally {
    rmSync(empty, { recursive: true });
  }
}

/** The least that the CLI runs: no resource, the same language host and SDK. */
function emptyProject(lab: Lab): string {
  const directory = join(lab.dir, "empty-project");
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, "Pulumi.yaml"),
    "name: empty\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n",
  );
  writeFileSync(join(directory, "package.json"), '{ "name": "empty", "type": "module", "main": "index.js" }\n');
  writeFileSync(join(directory, "index.js"), "");
  symlinkSync(join(lab.checkout, "node_modules"), join(directory, "node_modules"));
  return directory;
}

async function pulumi(lab: Lab, args: readonly string[]): Promise<number> {
  const began = performance.now();
  const { code, stdout, stderr } = await capture(lab, {
    argv: ["pulumi", ...args, "--non-interactive"],
    timeoutSeconds: 300,
  });
  if (code !== 0)
    throw new Error(
      `pulumi ${args.join(" ")} ended with ${code}: ${`${stdout}${stderr}`.trim().split("\n").at(-1) ?? ""}`,
    );
  return (performance.now() - began) / 1000;
}
