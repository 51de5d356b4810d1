import { addressBits, type Family } from "./address.ts";
import type { Cidr } from "./cidr.ts";

/** Addresses `first` to `end`, `end` not included. */
interface Range {
  readonly first: bigint;
  readonly end: bigint;
}

const FAMILIES: readonly Family[] = [4, 6];

/** The same addresses in the fewest networks, sorted. */
export function aggregate(cidrs: readonly Cidr[]): Cidr[] {
  return subtract(cidrs, []);
}

/** The addresses of `from` that are in no hole, in the fewest networks, sorted. */
export function subtract(from: readonly Cidr[], holes: readonly Cidr[]): Cidr[] {
  return FAMILIES.flatMap((family) => {
    const kept = without(mergedRanges(from, family), mergedRanges(holes, family));
    return kept.flatMap((range) => networksOf(range, family));
  });
}

/** Sorted ranges that neither overlap nor touch. */
function mergedRanges(cidrs: readonly Cidr[], family: Family): Range[] {
  const merged: Range[] = [];
  const sorted = cidrs
    .filter((c) => c.family === family)
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  for (const cidr of sorted) {
    const end = cidr.value + (1n << BigInt(addressBits(family) - cidr.length));
    const last = merged.at(-1);
    if (last === undefined || last.end < cidr.value) merged.push({ first: cidr.value, end });
    else if (last.end < end) merged[merged.length - 1] = { first: last.first, end };
  }
  return merged;
}

/** What is left of each range between the holes that cut it. */
function without(ranges: readonly Range[], holes: readonly Range[]): Range[] {
  let next = 0;
  return ranges.flatMap((range) => {
    // Both are sorted, so what lies before this range lies before all that follow.
    next = indexFrom(holes, next, (hole) => hole.end > range.first);
    const cuts = holes.slice(
      next,
      indexFrom(holes, next, (hole) => hole.first >= range.end),
    );
    const firsts = [range.first, ...cuts.map((hole) => hole.end)];
    const ends = [...cuts.map((hole) => hole.first), range.end];
    return firsts.map((first, i) => ({ first, end: ends[i] ?? range.end })).filter(({ first, end }) => first < end);
  });
}

/** Where the first range that fits stands at or behind `start`; the end of the list when there is none. */
function indexFrom(ranges: readonly Range[], start: number, fits: (range: Range) => boolean): number {
  for (let i = start; i < ranges.length; i++) {
    const range = ranges[i];
    if (range !== undefined && fits(range)) return i;
  }
  return ranges.length;
}

/** A range as the fewest networks: each time the widest that starts here and still fits. */
function networksOf(range: Range, family: Family): Cidr[] {
  const networks: Cidr[] = [];
  let first = range.first;
  while (first < range.end) {
    const room = bitLength(range.end - first) - 1;
    // A base of zero is aligned to everything; any other to its lowest set bit.
    const aligned = first === 0n ? room : bitLength(first & -first) - 1;
    const hostBits = Math.min(room, aligned);
    networks.push({ family, value: first, length: addressBits(family) - hostBits });
    first += 1n << BigInt(hostBits);
  }
  return networks;
}

/** Position of the highest set bit, counted from 1. */
function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return 4 * hex.length - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}
