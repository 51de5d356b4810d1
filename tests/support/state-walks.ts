import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keyRing } from "../../core/plan/keys.ts";
import { messageOf } from "../../core/thrown.ts";
import { publicKeyOf } from "../../project/key-ring.ts";
import { randomFrom } from "./random.ts";
import { walkDevice } from "./walks/device.ts";
import { FIRST_INTENT, type Intent } from "./walks/intent.ts";
import { nextStep } from "./walks/next-step.ts";
import { startWalker } from "./walks/walker.ts";

// Run as a program, by root: `node tests/support/state-walks.ts COUNT [SEED [SHELL]]` takes a device of the helper's
// scenarios from one random intent to the next; exit 1 on the first one that it does not arrive at. SHELL is dash or ash.

const REMEMBERED = 10;

/** `init` is the process whose namespaces the device is. The seed decides everything. Returns the summary. */
async function walkAll(init: string, count: number, seed: number, say: (line: string) => void): Promise<string> {
  const random = randomFrom(seed);
  const keys = keyRing(
    Uint8Array.from({ length: 32 }, () => random.below(256)),
    publicKeyOf,
  );
  const device = walkDevice(init, random);
  const walker = await startWalker(device, keys, random);
  const kinds = new Map<string, number>();
  const earlier: Intent[] = [];
  let intent = FIRST_INTENT;
  const began = performance.now();
  for (let walk = 1; walk <= count; walk++) {
    const step = nextStep(intent, earlier, random);
    const thenBack = random.below(3) === 0 ? "back-first" : "straight";
    await walker.walk(step.intent, thenBack).catch((error: Error) => {
      const intents = `from ${JSON.stringify(intent)}\nto   ${JSON.stringify(step.intent)}`;
      const where = `seed ${seed}, walk ${walk} (${step.kinds.join(", ")}; ${thenBack})`;
      throw new Error(`${where}: ${error.message}\n${intents}\n${lastOf("/etc/wirewright/journal")}`);
    });
    for (const kind of step.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    earlier.push(intent);
    earlier.splice(0, earlier.length - REMEMBERED);
    intent = step.intent;
    if (walk % 100 === 0) say(`walks: ${walk}, ${Math.round((performance.now() - began) / walk)} ms each`);
  }
  const milliseconds = Math.round((performance.now() - began) / count);
  await walker.leave();
  for (const [kind, sum] of device.times) {
    say(`${kind}: ${sum.count} times, ${Math.round(sum.milliseconds / sum.count)} ms each`);
  }
  const { walked, applied, removed, rolledBack } = walker.counts;
  const done = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, times]) => `${kind} ${times}`);
  return `walks: ${walked} walks of 1 device, seed ${seed}, ${milliseconds} ms each: ${done.join(", ")}; ${applied} applied, ${rolledBack} rolled back, ${removed} removed; 0 ended elsewhere, foreign state unchanged`;
}

function lastOf(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-8).join("\n");
}

async function main([count = "2000", seed = "1", shell = "dash"]: readonly string[]): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { DEVICE: init } = process.env;
  if (init === undefined) {
    const argv = [join(import.meta.dirname, "wgctl/run.sh"), shell, "walks", count, seed];
    return spawnSync("sh", argv, { stdio: "inherit", env: { ...process.env, NODE: process.execPath } }).status ?? 1;
  }
  try {
    say(await walkAll(init, Number(count), Number(seed), say));
    return 0;
  } catch (error) {
    say(messageOf(error));
    return 1;
  }
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main(process.argv.slice(2));
