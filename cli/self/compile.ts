import { join } from "node:path";
import { describeSeconds, interleaved, medianOf, ratio, type SelfFigure } from "../../bench/self.ts";
import { must } from "../../lab/execute.ts";

const ROUNDS = 5;
const CLIENTS = 10_000;

/** Compiling against the one cost that can't be avoided, with the library that has to pay it. */
export async function compileFigures(seed: string): Promise<SelfFigure[]> {
  const peaks: number[] = [];
  const worker = async (subject: "ours" | "bare") => {
    const argv = [process.execPath, join(import.meta.dirname, "compile-worker.ts"), subject, String(CLIENTS)];
    const { seconds, peakBytes } = JSON.parse(await must(argv, { timeoutSeconds: 300 })) as {
      seconds: number;
      peakBytes: number;
    };
    if (subject === "ours") peaks.push(peakBytes);
    return seconds;
  };
  const found = await interleaved(ROUNDS, { ours: () => worker("ours"), bare: () => worker("bare") }, seed);
  return [
    {
      name: `compile ${CLIENTS} clients`,
      claim: `text of the file to the device's document, all keys derived, against ${CLIENTS} X25519 derivations by the same library`,
      limit: 1.5,
      unit: "times",
      result: ratio(found.ours, found.bare),
      conditions: `${describeSeconds(found.ours)} against ${describeSeconds(found.bare)}; each in a process of its own`,
    },
    {
      name: `memory to compile ${CLIENTS} clients`,
      claim: "peak resident memory of that process, Node itself included",
      limit: 300,
      unit: "MB",
      result: medianOf(peaks.map((bytes) => bytes / 1e6)),
      conditions: `median of ${peaks.length} processes; the largest ${Math.round(Math.max(...peaks) / 1e6)} MB`,
    },
  ];
}
