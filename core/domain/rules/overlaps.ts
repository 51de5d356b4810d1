import { type Cidr, compareCidr, covers } from "../../net/cidr.ts";

interface Network {
  readonly cidr: Cidr;
}

type Conflict<Outer, Inner> = (outer: Outer, inner: Inner) => boolean;

interface Step<Outer, Inner> extends Network {
  readonly outer?: Outer;
  readonly inner?: Inner;
}

/** For every network the nearest other one around it, or equal to it and earlier in the list, that it conflicts with. */
export function overlapsWithin<T extends Network>(items: readonly T[], conflict: Conflict<T, T>): (readonly [T, T])[] {
  return sweep(
    items.map((item) => ({ cidr: item.cidr, outer: item, inner: item })),
    conflict,
  );
}

/** For every inner network the nearest outer one around it, or equal to it, that it conflicts with. */
export function overlapsBetween<Outer extends Network, Inner extends Network>(
  outers: readonly Outer[],
  inners: readonly Inner[],
  conflict: Conflict<Outer, Inner>,
): (readonly [Outer, Inner])[] {
  const first = outers.map((outer) => ({ cidr: outer.cidr, outer }));
  const second = inners.map((inner) => ({ cidr: inner.cidr, inner }));
  return sweep<Outer, Inner>([...first, ...second], conflict);
}

/** Networks never overlap in part, so one walk in order with a stack of what is around finds all: n log n. */
function sweep<Outer extends Network, Inner>(
  steps: readonly Step<Outer, Inner>[],
  conflict: Conflict<Outer, Inner>,
): (readonly [Outer, Inner])[] {
  const around: Outer[] = [];
  return [...steps]
    .sort((a, b) => compareCidr(a.cidr, b.cidr))
    .flatMap(({ cidr, outer, inner }) => {
      for (let top = around.at(-1); top !== undefined && !covers(top.cidr, cidr); top = around.at(-1)) around.pop();
      const found = inner === undefined ? undefined : around.findLast((candidate) => conflict(candidate, inner));
      if (outer !== undefined) around.push(outer);
      return inner === undefined || found === undefined ? [] : [[found, inner] as const];
    });
}
