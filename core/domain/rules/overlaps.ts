import { type Cidr, compareCidr, covers } from "../../net/cidr.ts";

interface Network {
  readonly cidr: Cidr;
}

/** For every inner network that has some around it, or equal to it, the nearest of these. Sorting is what it costs. */
export function overlapsBetween<Outer extends Network, Inner extends Network>(
  outers: readonly Outer[],
  inners: readonly Inner[],
): (readonly [Outer, Inner])[] {
  const around: Outer[] = [];
  return [
    ...outers.map((outer) => ({ cidr: outer.cidr, outer })),
    ...inners.map((inner) => ({ cidr: inner.cidr, inner })),
  ]
    .sort((a, b) => compareCidr(a.cidr, b.cidr))
    .flatMap((step) => {
      for (let top = around.at(-1); top !== undefined && !covers(top.cidr, step.cidr); top = around.at(-1))
        around.pop();
      const nearest = around.at(-1);
      if ("inner" in step) return nearest === undefined ? [] : [[nearest, step.inner] as const];
      around.push(step.outer);
      return [];
    });
}
