import { type Cidr, compareCidr, covers } from "../../net/cidr.ts";
import { countInFront } from "../../net/sorted.ts";
import type { Path, Report } from "../place.ts";
import { inFileOrder } from "./duplicates.ts";

interface Network {
  readonly cidr: Cidr;
  readonly path: Path;
}

type Conflict<Outer, Inner> = (outer: Outer, inner: Inner) => boolean;

/** Two networks that overlap and conflict: the later one, and the earlier one that it is told of. */
type Clash<T> = readonly [earlier: T, later: T];

/** Every network that conflicts with one earlier in the file, once. */
export function clashesWithin<T extends Network>(
  items: readonly T[],
  conflict: Conflict<T, T>,
  report: Report,
): Clash<T>[] {
  const ranked = inFileOrder(items, report).map((item, rank) => ({ item, rank }));
  const found: Found<T> = new Map();
  sweep(ranked, ranked, conflict, found);
  return clashesOf(found);
}

/** The same where only one of the first list can conflict with one of the second. */
export function clashesBetween<First extends Network, Second extends Network>(
  firsts: readonly First[],
  seconds: readonly Second[],
  conflict: Conflict<First, Second>,
  report: Report,
): Clash<First | Second>[] {
  const ranks = new Map(inFileOrder<readonly Network[]>([...firsts, ...seconds], report).map((one, i) => [one, i]));
  const ranked = <T extends Network>(items: readonly T[]) =>
    items.map((item) => ({ item, rank: ranks.get(item) ?? 0 }));
  const found: Found<First | Second> = new Map();
  sweep(ranked(firsts), ranked(seconds), conflict, found);
  sweep(ranked(seconds), ranked(firsts), (second, first) => conflict(first, second), found);
  return clashesOf(found);
}

/** A network and its place in the order of the file. */
interface Ranked<T> {
  readonly item: T;
  readonly rank: number;
}

/** The later one to an earlier one. */
type Found<T> = Map<T, Ranked<T>>;

function clashesOf<T>(found: Found<T>): Clash<T>[] {
  return [...found].map(([later, earlier]) => [earlier.item, later] as const);
}

/** Networks that are equal, and around what the walk is at; in file order. */
interface Level<Outer> {
  readonly cidr: Cidr;
  readonly all: Ranked<Outer>[];
  /** Those of which nothing earlier inside them is known. */
  readonly untold: Ranked<Outer>[];
}

/**
 * Networks never overlap in part, so one walk in order sees all that is around each, in as many levels as there are
 * lengths. An outer one that was told is not looked at again as the later of two, or equal networks would cost n².
 */
function sweep<Outer extends Network, Inner extends Network>(
  outers: readonly Ranked<Outer>[],
  inners: readonly Ranked<Inner>[],
  conflict: Conflict<Outer, Inner>,
  found: Found<Outer | Inner>,
): void {
  // What is both is seen as an inner one first, so it is never around itself.
  const steps = [
    ...inners.map((inner) => ({ cidr: inner.item.cidr, rank: inner.rank, inner, outer: undefined })),
    ...outers.map((outer) => ({ cidr: outer.item.cidr, rank: outer.rank, inner: undefined, outer })),
  ].sort((a, b) => compareCidr(a.cidr, b.cidr) || a.rank - b.rank);
  const around: Level<Outer>[] = [];
  for (const { cidr, inner, outer } of steps) {
    for (let top = around.at(-1); top !== undefined && !covers(top.cidr, cidr); top = around.at(-1)) around.pop();
    if (inner !== undefined) for (const level of around) meet(level, inner, conflict, found);
    if (outer !== undefined) enter(around, outer);
  }
}

function meet<Outer, Inner>(
  level: Level<Outer>,
  inner: Ranked<Inner>,
  conflict: Conflict<Outer, Inner>,
  found: Found<Outer | Inner>,
): void {
  const first = level.all.find(({ item }) => conflict(item, inner.item));
  if (first !== undefined && first.rank < inner.rank) note(found, first, inner.item);
  const later = level.untold.splice(countInFront(level.untold, ({ rank }) => rank <= inner.rank));
  for (const outer of later) {
    if (conflict(outer.item, inner.item)) note(found, inner, outer.item);
    else level.untold.push(outer);
  }
}

/** Of several the earliest. */
function note<T>(found: Found<T>, earlier: Ranked<T>, later: T): void {
  const known = found.get(later);
  if (known === undefined || earlier.rank < known.rank) found.set(later, earlier);
}

function enter<Outer extends Network>(around: Level<Outer>[], outer: Ranked<Outer>): void {
  const { cidr } = outer.item;
  const top = around.at(-1);
  if (top !== undefined && top.cidr.length === cidr.length) {
    top.all.push(outer);
    top.untold.push(outer);
  } else around.push({ cidr, all: [outer], untold: [outer] });
}
