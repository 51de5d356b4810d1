import type { Domain } from "../domain/types.ts";
import { type Cidr, compareCidr, covers, networkOf } from "../net/cidr.ts";
import { countInFront } from "../net/sorted.ts";
import type { Withheld } from "./types.ts";

/** A network that a tunnel of the domain routes, and which. */
export interface Holding extends Withheld {
  readonly server: string;
  /** `nas/wg1` */
  readonly interface: string;
}

/** Everything that the tunnels of a domain route, sorted by network. */
export function holdingsOf(domain: Domain, subnets: ReadonlyMap<string, readonly Cidr[]>): readonly Holding[] {
  const networks = domain.servers.flatMap(({ name: server, interfaces }) =>
    interfaces.flatMap((wg) => {
      const path = `${server}/${wg.name}`;
      return wg.networks.map((cidr): Holding => ({ cidr, holder: path, kind: "network", server, interface: path }));
    }),
  );
  const sites = domain.bindings.flatMap(({ server, interface: wg, clients }) =>
    clients.flatMap((client) => {
      const path = `${server}/${wg}`;
      const cidrs = client.subnets.flatMap((name) => subnets.get(name) ?? []);
      const holder = `${path}/${client.name}`;
      return cidrs.map((cidr): Holding => ({ cidr, holder, kind: "site", server, interface: path }));
    }),
  );
  return [...networks, ...sites].sort((a, b) => compareCidr(a.cidr, b.cidr));
}

/**
 * Of a list in the order of `holdingsOf`, finds those that share an address with a network, the wide ones first. Networks never overlap in part: such a one is
 * around it, or begins inside it.
 */
export function overlapsIn(sorted: readonly Holding[]): (cidr: Cidr) => readonly Holding[] {
  const byNetwork = Map.groupBy(sorted, ({ cidr }) => keyOf(cidr));
  const lengths = [...new Set(sorted.map(({ cidr }) => cidr.length))].sort((a, b) => a - b);
  return (cidr) => {
    const wider = lengths.filter((length) => length < cidr.length);
    const around = wider.flatMap((length) => byNetwork.get(keyOf(networkOf(cidr, length))) ?? []);
    const first = countInFront(sorted, (holding) => compareCidr(holding.cidr, cidr) < 0);
    let end = first;
    for (let next = sorted[end]; next !== undefined && covers(cidr, next.cidr); next = sorted[end]) end++;
    return [...around, ...sorted.slice(first, end)];
  };
}

function keyOf({ family, value, length }: Cidr): string {
  return `${family} ${value} ${length}`;
}
