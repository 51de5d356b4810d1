import type { Domain } from "../domain/types.ts";
import { type Cidr, compareCidr } from "../net/cidr.ts";
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
