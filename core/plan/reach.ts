import type { Binding, Domain, Interface, Profile, Reach, ReachTarget, Server } from "../domain/types.ts";
import { type Address, parseAddress } from "../net/address.ts";
import { aggregate, type Cidr, subtract, toCidr } from "../net/cidr.ts";
import { comparePortRange, type PortRange } from "../net/port.ts";
import { internet } from "./internet.ts";
import type { Grant } from "./types.ts";

/** What the targets of a profile mean on one interface. */
export interface Surroundings {
  /** The server's own tunnel addresses here. */
  readonly self: readonly Address[];
  readonly networks: readonly Cidr[];
  /** Sites behind the clients of this interface. */
  readonly sites: readonly Cidr[];
  /** Networks and sites of all other tunnels of the domain. */
  readonly otherTunnels: readonly Cidr[];
  /** Addresses by which the server itself is known outside the tunnel. */
  readonly serverAddresses: readonly Address[];
  /** Subnet name to its networks. */
  readonly subnets: ReadonlyMap<string, readonly Cidr[]>;
  /** Targets that an earlier profile asked for: `internet` takes milliseconds to work out. */
  readonly known: Map<string, readonly Cidr[]>;
}

/**
 * No traffic crosses from one tunnel into another: towards a tunnel only replies pass, because the tunnel's own policy
 * speaks for its own clients alone, also where it is a site behind one of our clients. A target never includes what another
 * tunnel routes, so plan and packets agree.
 */
export function surroundings(
  domain: Domain,
  subnets: Surroundings["subnets"],
  server: Server,
  wg: Interface,
  self: readonly Address[],
): Surroundings {
  const here = `${server.name}/${wg.name}`;
  const bindings = Map.groupBy(domain.bindings, (b) => (`${b.server}/${b.interface}` === here ? "here" : "elsewhere"));
  const sitesOf = (bound: readonly Binding[] = []): Cidr[] =>
    bound
      .flatMap((binding) => binding.clients.flatMap((client) => client.subnets))
      .flatMap((name) => subnets.get(name) ?? []);
  const networks = domain.servers.flatMap((s) =>
    s.interfaces.map((i) => ({ path: `${s.name}/${i.name}`, cidrs: i.networks })),
  );
  const sites = sitesOf(bindings.get("here"));
  const endpoint = parseAddress(server.endpoint);
  return {
    self,
    networks: wg.networks,
    sites,
    otherTunnels: [
      ...networks.filter((n) => n.path !== here).flatMap((n) => n.cidrs),
      ...subtract(sitesOf(bindings.get("elsewhere")), sites),
    ],
    serverAddresses: endpoint === undefined ? [server.address] : [server.address, endpoint],
    subnets,
    known: new Map(),
  };
}

/** One grant per target, sorted, so that neither order nor repetition in the file means anything. */
export function grantsOf(profile: Profile, around: Surroundings): Grant[] {
  const byName = new Map<string, Reach[]>();
  for (const reach of profile.reach) {
    const name = targetName(reach.target);
    byName.set(name, [...(byName.get(name) ?? []), reach]);
  }
  return [...byName]
    .map(([name, lines]) => ({
      origin: `profiles.${profile.name}.reach.${name}`,
      target: lines[0]?.target.kind ?? "subnet",
      name,
      destinations: destinations(name, lines[0]?.target.kind ?? "subnet", around),
      ports: mergePorts(lines),
    }))
    .sort((a, b) => RANK[a.target] - RANK[b.target] || (a.name < b.name ? -1 : 1));
}

const RANK = { self: 0, peers: 1, internet: 2, subnet: 3 } as const;

function targetName(target: ReachTarget): string {
  return target.kind === "subnet" ? target.name : target.kind;
}

function destinations(name: string, target: Grant["target"], around: Surroundings): readonly Cidr[] {
  const known = around.known.get(name);
  if (known !== undefined) return known;
  const families = new Set(around.networks.map((network) => network.family));
  const found = workOut(name, target, around).filter((cidr) => families.has(cidr.family));
  around.known.set(name, found);
  return found;
}

function workOut(name: string, target: Grant["target"], around: Surroundings): Cidr[] {
  if (target === "self") return aggregate(around.self.map(toCidr));
  if (target === "peers") return aggregate(around.networks);
  if (target === "subnet") return subtract(around.subnets.get(name) ?? [], around.otherTunnels);
  const tunnels = [...around.networks, ...around.sites, ...around.otherTunnels];
  return internet([...tunnels, ...around.serverAddresses.map(toCidr)]);
}

/** All lines of one target together; one line without ports opens everything. */
function mergePorts(lines: readonly Reach[]): PortRange[] {
  if (lines.some((line) => line.ports.length === 0)) return [];
  const merged: PortRange[] = [];
  for (const range of lines.flatMap((line) => line.ports).sort(comparePortRange)) {
    const last = merged.at(-1);
    if (last === undefined || last.protocol !== range.protocol || last.last + 1 < range.first) merged.push(range);
    else if (last.last < range.last) merged[merged.length - 1] = { ...last, last: range.last };
  }
  return merged;
}
