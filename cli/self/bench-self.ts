import { randomBytes } from "node:crypto";
import { cpus, totalmem } from "node:os";
import { figureLines, type SelfFigure, type SelfVerdict, verdictOf } from "../../bench/self.ts";
import { messageOf } from "../../core/thrown.ts";
import { badInput } from "../../device/bad-input.ts";
import { down } from "../../lab/down.ts";
import type { Process } from "../../lab/namespaces/processes.ts";
import { ourselves, requireFree } from "../../lab/owner.ts";
import type { Lab } from "../../lab/state.ts";
import { up } from "../../lab/up.ts";
import { interruption } from "../interruption.ts";
import { labFor } from "../lab.ts";
import { ExitCode, printable } from "../output.ts";
import { compileFigures } from "./compile.ts";
import { growthFigures } from "./growth.ts";
import { previewFigures } from "./preview.ts";
import { startupFigures } from "./startup.ts";

interface Part {
  readonly name: string;
  readonly needs: "nothing" | "lab";
  readonly measure: (seed: string, lab: Lab, signal: AbortSignal) => Promise<readonly SelfFigure[]>;
}

const PARTS: readonly Part[] = [
  { name: "check", needs: "nothing", measure: (seed) => startupFigures(seed) },
  { name: "compile", needs: "nothing", measure: (seed) => compileFigures(seed) },
  { name: "preview", needs: "lab", measure: (seed, lab, signal) => previewFigures(lab, seed, say, signal) },
  { name: "growth", needs: "lab", measure: (seed, lab, signal) => growthFigures(lab, seed, say, signal) },
];

/** Measures what this program promises about itself; returns the exit code: failed where a part fails or can't tell, difference where a target is missed. */
export async function benchSelf(only: readonly string[]): Promise<number> {
  const seed = randomBytes(16).toString("hex");
  const chosen = PARTS.filter((part) => only.length === 0 || only.some((word) => part.name.includes(word)));
  const strange = only.filter((word) => !PARTS.some((part) => part.name.includes(word)));
  if (strange.length > 0)
    throw badInput(`no part is called ${strange.join(" or ")}; there are ${PARTS.map((part) => part.name).join(", ")}`);
  const lab = await labFor("benchself");
  const owner = ourselves();
  const needsLab = chosen.some((part) => part.needs === "lab");
  if (needsLab) requireFree(lab, owner);
  const signal = interruption();
  const figures: SelfFigure[] = [];
  let failed = 0;
  try {
    for (const part of chosen) {
      say(part.name);
      try {
        signal.throwIfAborted();
        if (part.needs === "lab") await freshLab(lab, owner);
        const found = await part.measure(seed, lab, signal);
        figures.push(...found);
        process.stdout.write(`${figureLines(found).join("\n")}\n`);
      } catch (error) {
        failed++;
        process.stdout.write(`failed  ${part.name}: ${printable(messageOf(error))}\n`);
      }
    }
  } finally {
    if (needsLab) await down(lab, { owner });
  }
  const count = (verdict: SelfVerdict) => figures.filter((figure) => verdictOf(figure) === verdict).length;
  const [missed, unclear] = [count("MISSED"), count("UNCLEAR")];
  process.stdout.write(
    `${conditions(seed)}\n${figures.length} figures, ${missed} missed, ${unclear} unclear, ${failed} parts failed\n`,
  );
  if (failed === 0 && missed > 0) return ExitCode.difference;
  return failed + unclear > 0 ? ExitCode.failed : ExitCode.done;
}

/** Parts deploy stacks of their own to the same devices. */
async function freshLab(lab: Lab, owner: Process): Promise<void> {
  await down(lab, { owner });
  await up(lab, { owner });
}

function conditions(seed: string): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  return `Medians over interleaved rounds in one sitting on ${cpus().length} x ${model}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}, load from elsewhere not excluded; seed ${seed}.`;
}

function say(text: string): void {
  process.stderr.write(`bench: ${printable(text)}\n`);
}
