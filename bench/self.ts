import { schedule } from "./schedule.ts";
import { medianInterval } from "./stats/median-interval.ts";
import { median } from "./stats/quantile.ts";

/** One promise about this program's own speed or size, and what this run found. */
export interface SelfFigure {
  readonly name: string;
  /** What is compared with what. */
  readonly claim: string;
  readonly limit: number;
  readonly unit: "times" | "s" | "MB" | "packets lost";
  readonly result: SelfResult;
  /** Medians, counts and sizes behind it. */
  readonly conditions: string;
}

/** A median over rounds and what it may as well be, see `medianInterval`; or a count, which is what it is. */
export type SelfResult =
  | { readonly value: number; readonly between?: readonly [number, number] }
  | { readonly skipped: string };

export type SelfVerdict = "ok" | "MISSED" | "UNCLEAR" | "skipped";

/** Nothing is missed, or kept, of which the rounds do not speak with one voice. */
export function verdictOf({ limit, result }: SelfFigure): SelfVerdict {
  if ("skipped" in result) return "skipped";
  const [least, most] = result.between ?? [result.value, result.value];
  if (most <= limit) return "ok";
  return least <= limit ? "UNCLEAR" : "MISSED";
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
export function ratio(ours: Series, bare: Series): SelfResult {
  return ofPairs(ours, bare, (a, b) => a / b);
}

/** Median over rounds of the difference. */
export function difference(ours: Series, base: Series): SelfResult {
  return ofPairs(ours, base, (a, b) => a - b);
}

export function medianOf(series: Series): SelfResult {
  const [value, between] = [median(series), medianInterval(series)];
  return value === undefined || between === undefined ? { skipped: "nothing was measured" } : { value, between };
}

function ofPairs(ours: Series, bare: Series, compare: (a: number, b: number) => number): SelfResult {
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
  return figures.flatMap((figure) => [
    `${verdictOf(figure).padEnd(7)} ${figure.name}: ${found(figure)} (target: at most ${figure.limit} ${figure.unit})`,
    `        ${figure.claim}`,
    `        ${figure.conditions}`,
  ]);
}

function found({ result, unit }: SelfFigure): string {
  if ("skipped" in result) return result.skipped;
  const [least, most] = result.between?.map(short) ?? [];
  return `${short(result.value)} ${unit}${least === undefined ? "" : `, between ${least} and ${most}`}`;
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}
