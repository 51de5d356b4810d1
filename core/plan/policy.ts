import { type Address, formatAddress, sameAddress } from "../net/address.ts";
import { type Cidr, compareCidr, contains, overlaps, toCidr } from "../net/cidr.ts";
import { aggregate, subtract } from "../net/cidr-set.ts";
import { overlapsIn } from "../net/overlaps-in.ts";
import { formatPortRange, type PortRange } from "../net/port.ts";
import { fullTunnel } from "./internet.ts";
import type { Grant, InterfacePlan, PeerPlan } from "./types.ts";

/** What opens a conversation from the tunnel; `port` is the destination port and means nothing but for tcp and udp. */
export interface Packet {
  /** A client, or whatever the packet claims as its source. */
  readonly from: PeerPlan | Address;
  readonly to: Address;
  /** `tcp`, `udp`, `icmp` (both families), or any other protocol. */
  readonly protocol: string;
  readonly port: number;
}

export interface Verdict {
  readonly verdict: "allow" | "deny";
  /** Why, for a person. */
  readonly reason: string;
}

/** Ports `first` to `last` of a protocol; 0 to 0 where a protocol has no ports. */
export type Traffic = Omit<PortRange, "protocol"> & { readonly protocol: string };

/** How much of the traffic asked about is open. */
export interface Opening {
  readonly open: "all" | "some" | "none";
  /** The lines of the reach table that open it; unless they open all of it, every line that speaks of the address. */
  readonly grants: readonly Grant[];
  readonly reason: string;
}

/** What the server's firewall does with a packet; replies to an allowed one pass. Default is deny. */
export function decide(plan: InterfacePlan, packet: Packet): Verdict {
  const { from, to, protocol } = packet;
  const port = protocol === "tcp" || protocol === "udp" ? packet.port : 0;
  const peer = "family" in from ? ownerOf(plan, from) : from;
  if (peer === undefined || ("family" in from && from.family !== to.family)) {
    const source = "family" in from ? formatAddress(from) : from.path;
    return { verdict: "deny", reason: `no client of ${plan.path} sends from ${source} to ${formatAddress(to)}` };
  }
  const { open, reason } = opening(plan, peer, to, { protocol, first: port, last: port });
  return { verdict: open === "all" ? "allow" : "deny", reason };
}

/** How much of some traffic, or of all traffic, a client may send to an address. */
export function opening(plan: InterfacePlan, peer: PeerPlan, to: Address, asked?: Traffic): Opening {
  const target = formatAddress(to);
  if (!peer.allowedIps.some((own) => own.family === to.family)) {
    return { open: "none", grants: [], reason: `${peer.path} has no IPv${to.family} address to reach ${target} from` };
  }
  const covering = grantsCovering(plan, peer, to);
  if (covering.length === 0) return { open: "none", grants: [], reason: whyNothing(plan, peer, to) };
  const whole = covering.filter((grant) => grant.ports.length === 0);
  if (whole.length > 0) return { open: "all", grants: whole, reason: whole.map(describe).join(" and ") };
  const matching = covering.filter((grant) => asked === undefined || grant.ports.some((range) => meet(range, asked)));
  const ranges = matching.flatMap((grant) => grant.ports);
  if (asked !== undefined && coversAll(ranges, asked))
    return { open: "all", grants: matching, reason: matching.map(describe).join(" and ") };
  return {
    open: matching.length > 0 ? "some" : "none",
    grants: covering,
    reason: `${covering.map(describe).join(" and ")} and nothing else`,
  };
}

/** A profile that names the address, and still does not reach it, is what a person would not believe. */
function whyNothing(plan: InterfacePlan, peer: PeerPlan, to: Address): string {
  const target = formatAddress(to);
  for (const { name, withheld } of grantsFor(plan, peer)) {
    const held = withheld.findLast(({ cidr }) => contains(cidr, to));
    if (held === undefined) continue;
    const where = held.kind === "site" ? `behind ${held.holder}` : `in the tunnel network of ${held.holder}`;
    return `profile ${peer.profile} names ${name}, but ${target} is ${where}, and nothing passes from one tunnel into another`;
  }
  return `nothing in profile ${peer.profile} reaches ${target}`;
}

function describe({ origin, name, ports }: Grant): string {
  return `${origin} opens ${name} ${ports.length === 0 ? "completely" : `on ${ports.map(formatPortRange).join(", ")}`}`;
}

/** The lines of the reach table that speak of this client. */
export function grantsFor(plan: InterfacePlan, peer: PeerPlan): readonly Grant[] {
  return plan.groups.find((group) => group.profile === peer.profile)?.grants ?? [];
}

/** In the order of the reach table. The server's own tunnel addresses lie in the networks, and still are no peers. */
function grantsCovering(plan: InterfacePlan, peer: PeerPlan, to: Address): readonly Grant[] {
  const isServer = plan.addresses.some((own) => sameAddress(own, to));
  const grants = grantsFor(plan, peer);
  const ranks = new Set(destinationsOf(grants)(toCidr(to)).map(({ rank }) => rank));
  const covering = [...ranks].sort((a, b) => a - b).flatMap((rank) => grants[rank] ?? []);
  return covering.filter(({ target }) => !(isServer && target === "peers"));
}

interface Destination {
  readonly cidr: Cidr;
  /** Of its grant in the reach table. */
  readonly rank: number;
}

/** Plans are never changed, so what was worked out once about one stays true. */
const knownDestinations = new WeakMap<readonly Grant[], (cidr: Cidr) => readonly Destination[]>();

/** Finds what holds an address: profiles reach thousands of subnets, and `internet` is hundreds of networks. */
function destinationsOf(grants: readonly Grant[]): (cidr: Cidr) => readonly Destination[] {
  const known = knownDestinations.get(grants);
  if (known !== undefined) return known;
  const all = grants.flatMap(({ destinations }, rank) => destinations.map((cidr) => ({ cidr, rank })));
  const found = overlapsIn(all.sort((a, b) => compareCidr(a.cidr, b.cidr)));
  knownDestinations.set(grants, found);
  return found;
}

/** Whether two kinds of traffic have some in common. */
export function meet(a: Traffic, b: Traffic): boolean {
  return a.protocol === b.protocol && a.first <= b.last && b.first <= a.last;
}

function coversAll(ranges: readonly Traffic[], asked: Traffic): boolean {
  const sorted = ranges.filter((range) => meet(range, asked)).sort((a, b) => a.first - b.first);
  let next = asked.first;
  for (const range of sorted) if (range.first <= next) next = Math.max(next, range.last + 1);
  return next > asked.last;
}

/** What a client sends there never reaches the server. */
export function isAtHome({ allowedIps }: PeerPlan, to: Address): boolean {
  return allowedIps.some((cidr) => contains(cidr, to));
}

/** The client whose packets WireGuard accepts from this source; undefined for everything spoofed. */
export function ownerOf(plan: InterfacePlan, source: Address): PeerPlan | undefined {
  const { hosts, sites } = ownersOf(plan);
  return hosts.get(`${source.family} ${source.value}`) ?? sites.find(({ cidr }) => contains(cidr, source))?.peer;
}

interface Owners {
  readonly hosts: ReadonlyMap<string, PeerPlan>;
  /** Narrow before wide, as crypto-routing prefers. */
  readonly sites: readonly { readonly cidr: Cidr; readonly peer: PeerPlan }[];
}

const knownOwners = new WeakMap<InterfacePlan, Owners>();

function ownersOf(plan: InterfacePlan): Owners {
  const known = knownOwners.get(plan);
  if (known !== undefined) return known;
  const hosts = plan.peers.flatMap((peer) => peer.addresses.map((a) => [`${a.family} ${a.value}`, peer] as const));
  const sites = plan.peers.flatMap((peer) => peer.subnets.map((cidr) => ({ cidr, peer })));
  const owners = { hosts: new Map(hosts), sites: sites.sort((a, b) => b.cidr.length - a.cidr.length) };
  knownOwners.set(plan, owners);
  return owners;
}

/**
 * The client's side of the same table, its AllowedIPs: all of both families for `internet`, else what its profile
 * reaches and who may reach it; never what is behind the client itself.
 */
export function clientRoutes(plan: InterfacePlan, peer: PeerPlan): Cidr[] {
  const grants = grantsFor(plan, peer);
  if (grants.some((grant) => grant.target === "internet")) return [...fullTunnel];
  const reached = grants.flatMap((grant) => grant.destinations);
  const routes = [...reached, ...callersOf(plan, peer)];
  return peer.subnets.length === 0 ? aggregate(routes) : subtract(routes, peer.subnets);
}

/**
 * Where those are who may call this client, or what is behind it: WireGuard drops what comes from elsewhere. Networks are
 * whole, so that a new client changes nobody's configuration; of the sites only those whose own gateway may call.
 */
function callersOf(plan: InterfacePlan, { allowedIps }: PeerPlan): readonly Cidr[] {
  const calling = callingProfilesOf(plan).flatMap(({ destinations, sites }) => {
    const called = allowedIps.filter((own) => destinations.some((cidr) => overlaps(cidr, own)));
    return called.length === 0 ? [] : [sites.filter(({ family }) => called.some((own) => own.family === family))];
  });
  return calling.length === 0 ? [] : [...plan.networks, ...calling.flat()];
}

interface CallingProfile {
  /** Without the internet, which leaves out every tunnel and site. */
  readonly destinations: readonly Cidr[];
  /** Networks behind the clients of this profile. */
  readonly sites: readonly Cidr[];
}

const knownCallers = new WeakMap<InterfacePlan, readonly CallingProfile[]>();

function callingProfilesOf(plan: InterfacePlan): readonly CallingProfile[] {
  const known = knownCallers.get(plan);
  if (known !== undefined) return known;
  const peers = Map.groupBy(plan.peers, ({ profile }) => profile);
  const profiles = plan.groups.map(({ profile, grants }) => ({
    destinations: grants.filter(({ target }) => target !== "internet").flatMap(({ destinations }) => destinations),
    sites: aggregate((peers.get(profile) ?? []).flatMap(({ subnets }) => subnets)),
  }));
  knownCallers.set(plan, profiles);
  return profiles;
}
