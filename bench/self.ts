import type { Reading } from "./model.ts";
import { orSkip } from "./reading.ts";
import { schedule } from "./schedule.ts";
import { median } from "./stats/quantile.ts";

/** One promise about this program's own speed or size, and what this run found. */
export interface SelfFigure {
  readonly name: string;
  /** What is compared with what. */
  readonly claim: string;
  readonly limit: number;
  readonly unit: "times" | "s" | "MB" | "packets lost";
  readonly result: Reading;
  /** Medians, counts and sizes behind it. */
  readonly conditions: string;
}

export type SelfVerdict = "ok" | "MISSED" | "skipped";

export function verdictOf({ limit, result }: SelfFigure): SelfVerdict {
  if ("skipped" in result) return "skipped";
  return result.value <= limit ? "ok" : "MISSED";
}

/** Values in base units, in the order they were taken. */
export type Series = readonly number[];

/** Every subject once per round, in an order drawn anew for each round, so that a slow minute hits all of them alike. */
export async function interleaved<Name extends string>(
  rounds: number,
  subjects: Readonly<Record<Name, () => Promise<number>>>,
  seed: string,
): Promise<Readonly<Record<Name, Series>>> {
  const names = Object.keys(subjects) as Name[];
  const series = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const { arm } of schedule(seed, names, ["round"], rounds)) {
    const name = arm as Name;
    series[name].push(await subjects[name]());
  }
  return series;
}

/** Median over rounds of the two values' ratio: both of a round were taken in the same minute, so a slow one cancels out. */
export function ratio(ours: Series, bare: Series): Reading {
  return ofPairs(ours, bare, (a, b) => a / b);
}

/** Median over rounds of the difference. */
export function difference(ours: Series, base: Series): Reading {
  return ofPairs(ours, base, (a, b) => a - b);
}

export function medianOf(series: Series): Reading {
  return orSkip(median(series), "nothing was measured");
}

function ofPairs(ours: Series, bare: Series, compare: (a: number, b: number) => number): Reading {
  return medianOf(ours.slice(0, bare.length).map((value, round) => compare(value, bare[round] ?? Number.NaN)));
}

/** `0.412 s (0.401 to 0.530, 7 runs)` */
export function describeSeconds(series: Series): string {
  const middle = median(series);
  if (middle === undefined) return "no runs";
  const seconds = (value: number) => `${Number(value.toPrecision(3))} s`;
  return `${seconds(middle)} (${seconds(Math.min(...series))} to ${seconds(Math.max(...series))}, ${series.length} runs)`;
}

export function figureLines(figures: readonly SelfFigure[]): string[] {
  return figures.flatMap((figure) => {
    const found =
      "value" in figure.result ? `${Number(figure.result.value.toPrecision(3))} ${figure.unit}` : figure.result.skipped;
    return [
      `${verdictOf(figure).padEnd(7)} ${figure.name}: ${found} (target: at most ${figure.limit} ${figure.unit})`,
      `        ${figure.claim}`,
      `        ${figure.conditions}`,
    ];
  });
}
