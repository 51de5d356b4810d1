import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeSeconds, interleaved, ratio, type SelfFigure } from "../../bench/self.ts";
import type { Lab } from "../../lab/state.ts";
import { deployIfNeeded } from "../bench/deploy.ts";
import { operator } from "../operator.ts";

const ROUNDS = 7;
const STACKS = ["router", "nas"] as const;

/** The least that the CLI runs: no resource, the same language host and SDK. */
const EMPTY_PROGRAM = "";
/** The least that asks a device something and has something on it: the SDK, one login, one Command. */
const LEAST_PROGRAM = `import { readFileSync } from "node:fs";
import { remote } from "@pulumi/command";
import ssh2 from "ssh2";
const [, key] = /^router\\S* (.*)$/m.exec(readFileSync(process.env.HOME + "/.ssh/known_hosts", "utf8"));
const privateKey = readFileSync(process.env.HOME + "/.ssh/id_ed25519", "utf8");
await new Promise((done, fail) => {
  const client = new ssh2.Client().on("error", fail);
  const command = () => client.exec("true", (error, channel) => channel.on("close", () => done(client.destroy())).resume());
  client.on("connect", () => client.setNoDelay(true)).on("ready", command).connect({ host: "router", username: "root", privateKey });
});
new remote.Command("one", { create: "true", connection: { host: "router", user: "root", hostKey: key, privateKey } });
`;

/** A preview with nothing to do, which probes the device, against an empty program under the same CLI. */
export async function previewFigures(
  lab: Lab,
  seed: string,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<SelfFigure[]> {
  const pulumi = async (...args: readonly string[]) => {
    const began = performance.now();
    await operator(lab, ["pulumi", ...args, "--non-interactive"], { signal });
    return (performance.now() - began) / 1000;
  };
  for (const stack of STACKS) await deployIfNeeded(lab, stack, say);
  const empty = bareProject(lab, "empty", EMPTY_PROGRAM);
  const least = bareProject(lab, "least", LEAST_PROGRAM);
  try {
    for (const [name, directory] of [
      ["empty", empty],
      ["least", least],
    ] as const) {
      await pulumi("--cwd", directory, "stack", "select", "--create", name);
      await pulumi("--cwd", directory, "up", "--yes", "--skip-preview", "--stack", name);
    }
    const preview = (...where: readonly string[]) => pulumi(...where, "preview", "--expect-no-changes");
    const subjects = {
      router: () => preview("--stack", "router"),
      nas: () => preview("--stack", "nas"),
      empty: () => preview("--cwd", empty, "--stack", "empty"),
      least: () => preview("--cwd", least, "--stack", "least"),
    };
    say("previews with nothing to do");
    for (const subject of Object.values(subjects)) await subject();
    const found = await interleaved(ROUNDS, subjects, seed);
    return STACKS.map((stack) => ({
      name: `preview of stack ${stack} with nothing to do`,
      claim: "the device probed, against an empty Node program under the same CLI",
      limit: 1.5,
      unit: "times" as const,
      result: ratio(found[stack], found.empty),
      conditions: `${describeSeconds(found[stack])} against ${describeSeconds(found.empty)}; a program that logs in once and has one Command: ${describeSeconds(found.least)}`,
    }));
  } finally {
    for (const directory of [empty, least]) rmSync(directory, { recursive: true });
  }
}

function bareProject(lab: Lab, name: string, program: string): string {
  const directory = join(lab.dir, `${name}-project`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, "Pulumi.yaml"),
    `name: ${name}\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n`,
  );
  writeFileSync(join(directory, "package.json"), `{ "name": "${name}", "type": "module", "main": "index.js" }\n`);
  writeFileSync(join(directory, "index.js"), program);
  symlinkSync(join(lab.checkout, "node_modules"), join(directory, "node_modules"));
  return directory;
}
