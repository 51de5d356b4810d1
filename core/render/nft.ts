import { type Family, formatAddress } from "../net/address.ts";
import { type Cidr, compareCidr, formatCidr, toCidr } from "../net/cidr.ts";
import { aggregate } from "../net/cidr-set.ts";
import { comparePortRange, type PortRange } from "../net/port.ts";
import type { Execution, Grant, InterfacePlan, PolicyGroup } from "../plan/types.ts";

/** ICMPv6 by its number: nft looks its name up in /etc/protocols, which a minimal Debian does not have. */
const FAMILIES = [
  { family: 4, type: "ipv4_addr", header: "ip", icmp: "icmp" },
  { family: 6, type: "ipv6_addr", header: "ip6", icmp: "58" },
] as const;
type FamilyWords = (typeof FAMILIES)[number];

/**
 * The policy of one interface as the definition of `table inet wirewright_<interface>`. Linux 5.2 or later, which has
 * NAT in the inet family. Clients are elements of a map, so their number costs no rules.
 *
 * Every packet in both directions is judged by the original direction of its conntrack entry: who opened the
 * conversation, towards what. So a reply passes exactly while its request would, a narrowed profile cuts what already
 * runs, ICMP errors belong to the conversation they speak of, and nothing that somebody outside opens gets in.
 */
export function renderNft(plan: InterfacePlan, execution: Execution): string {
  const families = FAMILIES.filter(({ family }) =>
    plan.peers.some((p) => p.allowedIps.some((c) => c.family === family)),
  );
  const lines = [
    ...families.flatMap((words) => clientMap(plan, words)),
    ...families.flatMap((words) => targetSets(plan.groups, words)),
    ...plan.groups.flatMap(portSets),
    ...families.flatMap((words) => (execution.natInterface === undefined ? [] : natSet(plan, words))),
    ...plan.groups.flatMap((group) => profileChain(group, families)),
    ...judgeChain(families),
    ...inputChain(plan.name),
    ...forwardChain(plan.name),
    ...(execution.natInterface === undefined ? [] : natChain(execution.natInterface, families)),
  ];
  return [`table inet wirewright_${plan.name} {`, ...lines.map((line) => `  ${line}`), "}", ""].join("\n");
}

/**
 * Above this many clients, neighbours of one profile are written as the networks that they fill. Each for itself, 10,000
 * clients are 20,000 elements, which take nft a quarter of a second in each of the six steps of a change that read them.
 */
const WRITTEN_OUT = 100;

/** Who may send, and the profile that judges it. Intervals, because whole sites may be behind a client. */
function clientMap(plan: InterfacePlan, { family, type }: FamilyWords): string[] {
  const sources = plan.groups
    .flatMap(({ profile }) => sourcesOf(plan, profile).map((cidr) => ({ cidr, profile })))
    .filter(({ cidr }) => cidr.family === family)
    .sort((a, b) => compareCidr(a.cidr, b.cidr))
    .map(({ cidr, profile }) => `${element(cidr)} : jump from-${profile}`);
  return elements(`map clients${family}`, `${type} : verdict`, sources);
}

function sourcesOf({ peers }: InterfacePlan, profile: string): readonly Cidr[] {
  const sources = peers.filter((peer) => peer.profile === profile).flatMap((peer) => peer.allowedIps);
  return peers.length > WRITTEN_OUT ? aggregate(sources) : sources;
}

function targetSets(groups: readonly PolicyGroup[], words: FamilyWords): string[] {
  const sets = new Map<string, Grant>();
  for (const grant of groups.flatMap((group) => group.grants)) sets.set(setName(grant, words.family), grant);
  return [...sets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, grant]) => {
      const cidrs = grant.destinations.filter((cidr) => cidr.family === words.family);
      return cidrs.length === 0 ? [] : elements(`set ${name}`, words.type, cidrs.map(element));
    });
}

/** What is behind the tunnel, and so is hidden behind the device's own address on the way out. */
function natSet(plan: InterfacePlan, { family, type }: FamilyWords): string[] {
  const inside = aggregate([...plan.networks, ...plan.routes]).filter((cidr) => cidr.family === family);
  return elements(`set inside${family}`, type, inside.map(element));
}

/** A subnet is named by its owner and a reserved target is not, so the dash keeps the two apart. */
function setName(grant: Grant, family: Family): string {
  return grant.target === "subnet" ? `net${family}-${grant.name}` : `${grant.target}${family}`;
}

/** One element per line, so that a listing differs only where the policy does. */
function elements(heading: string, type: string, list: readonly string[]): string[] {
  const body = list.map((text, i) => `    ${text}${i + 1 < list.length ? "," : ""}`);
  return [`${heading} {`, `  type ${type}`, "  flags interval", "  elements = {", ...body, "  }", "}"];
}

function element(cidr: Cidr): string {
  const isHost = cidr.length === toCidr(cidr).length;
  return isHost ? formatAddress(cidr) : formatCidr(cidr);
}

/** Returns to the caller, and so to its final drop, when nothing in the profile opens this. */
function profileChain({ profile, grants }: PolicyGroup, families: readonly FamilyWords[]): string[] {
  const rules = grants.flatMap((grant) =>
    families
      .filter(({ family }) => grant.destinations.some((cidr) => cidr.family === family))
      .flatMap((words) => grantRules(profile, grant, words)),
  );
  return [`chain from-${profile} {`, ...rules.map((rule) => `  ${rule}`), "}"];
}

/**
 * `internet` and `peers` never open the device itself, whatever addresses it has: their rules want an outgoing
 * interface, which there is when forwarding and not in the input hook, where this ends the rule whatever it is compared
 * with. By its type (65535 is ARPHRD_VOID, which no link of use has), because that is a number to nft and nothing else:
 * the 0 of `oif != 0` is the link named 0 where there is one, and then the device is open.
 */
const FORWARDED = "meta oiftype != 65535 ";

/** An ICMP error carries no ports of its own, so it passes to and from every target that a conversation may go to. */
function grantRules(profile: string, grant: Grant, { family, header, icmp }: FamilyWords): string[] {
  const guard = grant.target === "internet" || grant.target === "peers" ? FORWARDED : "";
  const target = `ct original ${header} daddr @${setName(grant, family)} accept`;
  if (grant.ports.length === 0) return [`${guard}${target}`];
  const pings = grant.ports.some((range) => range.protocol === "icmp");
  return [
    ...portSetsOf(profile, grant).map(
      ({ name, protocol }) => `${guard}meta l4proto ${protocol} ct original proto-dst @${name} ${target}`,
    ),
    `${guard}meta l4proto ${icmp} ${pings ? "" : "ct state related "}${target}`,
  ];
}

interface PortSet {
  readonly name: string;
  readonly protocol: "tcp" | "udp";
  readonly ranges: readonly PortRange[];
}

/** Named sets, because nft 1.0.6 reads ports of an anonymous set as numbers without a type here, in the wrong byte order. */
function portSetsOf(profile: string, grant: Grant): PortSet[] {
  return (["tcp", "udp"] as const)
    .map((protocol) => ({
      name: `${protocol}.${profile}.${grant.name}`,
      protocol,
      ranges: grant.ports.filter((range) => range.protocol === protocol).sort(comparePortRange),
    }))
    .filter(({ ranges }) => ranges.length > 0);
}

function portSets({ profile, grants }: PolicyGroup): string[] {
  return grants
    .flatMap((grant) => portSetsOf(profile, grant))
    .flatMap(({ name, ranges }) => {
      const ports = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
      return elements(`set ${name}`, "inet_service", ports);
    });
}

function judgeChain(families: readonly FamilyWords[]): string[] {
  const lookups = families.map(({ family, header }) => `  ct original ${header} saddr vmap @clients${family}`);
  return ["chain judge {", "  ct state invalid counter drop", ...lookups, "  counter drop", "}"];
}

/** What the device itself asked for may be answered; everything else that is sent to it is judged. */
function inputChain(name: string): string[] {
  return [
    "chain input {",
    "  type filter hook input priority filter; policy accept;",
    `  iifname "${name}" ct direction reply ct state established,related accept`,
    `  iifname "${name}" jump judge`,
    "}",
  ];
}

/**
 * The segment size is lowered to what fits the path, in both directions: path MTU discovery fails wherever ICMP is lost.
 * A packet from outside that opens a conversation, or pretends to be one of ours that did, ends here.
 */
function forwardChain(name: string): string[] {
  return [
    "chain forward {",
    "  type filter hook forward priority filter; policy accept;",
    `  iifname "${name}" tcp flags syn tcp option maxseg size set rt mtu`,
    `  oifname "${name}" tcp flags syn tcp option maxseg size set rt mtu`,
    `  iifname != "${name}" oifname "${name}" ct direction original counter drop`,
    `  iifname "${name}" jump judge`,
    `  oifname "${name}" jump judge`,
    "}",
  ];
}

function natChain(device: string, families: readonly FamilyWords[]): string[] {
  const rules = families.map(
    ({ family, header }) => `  oifname "${device}" ${header} saddr @inside${family} masquerade`,
  );
  return ["chain postrouting {", "  type nat hook postrouting priority srcnat; policy accept;", ...rules, "}"];
}
