import type { Domain, Interface, Profile, Reach, ReachTarget, Server } from "../domain/types.ts";
import { type Address, parseAddress } from "../net/address.ts";
import { type Cidr, contains, covers, toCidr } from "../net/cidr.ts";
import { aggregate, subtract } from "../net/cidr-set.ts";
import { overlapsIn } from "../net/overlaps-in.ts";
import { comparePortRange, type PortRange } from "../net/port.ts";
import { type Holding, holdingsOf } from "./holdings.ts";
import { internet } from "./internet.ts";
import type { Grant, Withheld } from "./types.ts";

/** What the targets of profiles are worked out from, gathered once for a whole domain. */
export interface World {
  /** Subnet name to its networks, the fewest. */
  readonly subnets: ReadonlyMap<string, readonly Cidr[]>;
  /** The same, each with what the tunnels of the domain hold of it. */
  readonly parts: ReadonlyMap<string, readonly Part[]>;
  /** The internet without any tunnel or site. */
  readonly internet: () => readonly Cidr[];
  /** Server name to what is left of it there. */
  readonly internets: Map<string, readonly Cidr[]>;
}

interface Part {
  readonly cidr: Cidr;
  readonly held: readonly Holding[];
}

/** One interface, and what its targets were found to mean. */
export interface Surroundings {
  readonly world: World;
  readonly server: Server;
  readonly wg: Interface;
  /** The server's own tunnel addresses here. */
  readonly self: readonly Address[];
  /** Targets that an earlier profile asked for. */
  readonly known: Map<string, Target>;
}

type Target = Pick<Grant, "destinations" | "withheld">;

export function worldOf(domain: Domain): World {
  const subnets = new Map(domain.subnets.map(({ name, cidrs }) => [name, aggregate(cidrs)]));
  const holdings = holdingsOf(domain, subnets);
  const overlapping = overlapsIn(holdings);
  const partsOf = (cidrs: readonly Cidr[]): Part[] => cidrs.map((cidr) => ({ cidr, held: overlapping(cidr) }));
  const parts = new Map([...subnets].map(([name, cidrs]) => [name, partsOf(cidrs)]));
  let known: readonly Cidr[] | undefined;
  const everywhere = (): readonly Cidr[] => {
    known ??= internet(holdings.map(({ cidr }) => cidr));
    return known;
  };
  return { subnets, parts, internet: everywhere, internets: new Map() };
}

export function surroundings(world: World, server: Server, wg: Interface, self: readonly Address[]): Surroundings {
  return { world, server, wg, self, known: new Map() };
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
      ...resolve(name, lines[0]?.target.kind ?? "subnet", around),
      ports: mergePorts(lines),
    }))
    .sort((a, b) => RANK[a.target] - RANK[b.target] || (a.name < b.name ? -1 : 1));
}

const RANK = { self: 0, peers: 1, internet: 2, subnet: 3 } as const;

function targetName(target: ReachTarget): string {
  return target.kind === "subnet" ? target.name : target.kind;
}

function resolve(name: string, target: Grant["target"], around: Surroundings): Target {
  const known = around.known.get(name);
  if (known !== undefined) return known;
  const families = new Set(around.wg.networks.map((network) => network.family));
  const found =
    target === "subnet"
      ? subnetTarget(name, around)
      : { destinations: builtIn(target, around).filter((cidr) => families.has(cidr.family)), withheld: [] };
  around.known.set(name, found);
  return found;
}

function builtIn(target: "self" | "peers" | "internet", { world, server, wg, self }: Surroundings): readonly Cidr[] {
  if (target === "self") return aggregate(self.map(toCidr));
  return target === "peers" ? aggregate(wg.networks) : internetOf(world, server);
}

/** Without every tunnel and site of the domain, and without the addresses by which the server is known outside of its tunnels. */
function internetOf({ internet: everywhere, internets }: World, { name, address, endpoint }: Server): readonly Cidr[] {
  const known = internets.get(name);
  if (known !== undefined) return known;
  const dialled = parseAddress(endpoint);
  const own = [address, ...(dialled === undefined ? [] : [dialled])];
  const found = everywhere().flatMap((cidr) => {
    const inside = own.filter((one) => contains(cidr, one));
    return inside.length === 0 ? [cidr] : subtract([cidr], inside.map(toCidr));
  });
  internets.set(name, found);
  return found;
}

/**
 * No traffic crosses from one tunnel into another: towards a tunnel only replies pass, because the tunnel's own policy
 * speaks for its own clients alone, also where it is a site behind one of our clients. So a subnet never includes the
 * network of another tunnel, nor a site behind another tunnel of this server. What is a site of another server may be
 * this one's own LAN: it is reached without a tunnel.
 */
function subnetTarget(name: string, { world, server, wg }: Surroundings): Target {
  const here = `${server.name}/${wg.name}`;
  const isElsewhere = (held: Holding): boolean =>
    held.interface !== here && (held.kind === "network" || held.server === server.name);
  const families = new Set(wg.networks.map((network) => network.family));
  const parts = (world.parts.get(name) ?? [])
    .filter(({ cidr }) => families.has(cidr.family))
    .map(({ cidr, held }): Target => {
      const elsewhere = held.filter(isElsewhere);
      if (elsewhere.length === 0) return { destinations: [cidr], withheld: [] };
      const own = held.filter((holding) => holding.interface === here);
      const sites = subtract(cidrsOf("site", elsewhere), cidrsOf("site", own));
      const destinations = subtract([cidr], [...cidrsOf("network", elsewhere), ...sites]);
      return { destinations, withheld: elsewhere.map((holding) => within(cidr, holding)) };
    });
  return {
    destinations: parts.flatMap(({ destinations }) => destinations),
    withheld: parts.flatMap(({ withheld }) => withheld),
  };
}

function cidrsOf(kind: Holding["kind"], holdings: readonly Holding[]): Cidr[] {
  return holdings.filter((holding) => holding.kind === kind).map(({ cidr }) => cidr);
}

/** As much of a holding as lies in this network, which overlaps it. */
function within(cidr: Cidr, { cidr: held, holder, kind }: Holding): Withheld {
  return { cidr: covers(held, cidr) ? cidr : held, holder, kind };
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
