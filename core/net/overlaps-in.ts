import { type Cidr, compareCidr, covers, networkOf } from "./cidr.ts";
import { countInFront } from "./sorted.ts";

/**
 * Of a list sorted by network, finds those that share an address with a network, the wide ones first. Networks never
 * overlap in part: such a one is around it, or begins inside it.
 */
export function overlapsIn<T extends { readonly cidr: Cidr }>(sorted: readonly T[]): (cidr: Cidr) => readonly T[] {
  const byNetwork = Map.groupBy(sorted, ({ cidr }) => keyOf(cidr));
  const lengths = [...new Set(sorted.map(({ cidr }) => cidr.length))].sort((a, b) => a - b);
  return (cidr) => {
    const wider = lengths.filter((length) => length < cidr.length);
    const around = wider.flatMap((length) => byNetwork.get(keyOf(networkOf(cidr, length))) ?? []);
    const first = countInFront(sorted, (one) => compareCidr(one.cidr, cidr) < 0);
    let end = first;
    for (let next = sorted[end]; next !== undefined && covers(cidr, next.cidr); next = sorted[end]) end++;
    return [...around, ...sorted.slice(first, end)];
  };
}

function keyOf({ family, value, length }: Cidr): string {
  return `${family} ${value} ${length}`;
}
