import type { Domain, Reach } from "../../core/domain/types.ts";
import type { Address } from "../../core/net/address.ts";
import type { Cidr } from "../../core/net/cidr.ts";

/**
 * What docs/domain.md says of reach, read word by word and slowly, on addresses as strings of zeros and ones. It shares
 * nothing with the compiler but the types of the parsed file, so a mistake in one of the two shows as a disagreement.
 */
export interface NaivePacket {
  /** `router/wg0` */
  readonly interface: string;
  readonly from: Address;
  readonly to: Address;
  readonly protocol: string;
  readonly port: number;
}

/** Client path to its tunnel addresses: who got which number is not the policy's business. */
export type Seats = ReadonlyMap<string, readonly Address[]>;

// The IANA special-purpose registries and multicast, as `first bits in hex, how many bits`.
const SPECIAL_4 =
  "00/8 0a/8 6440/10 7f/8 a9fe/16 ac10/12 c00000/24 c00002/24 c01fc4/24 c034c1/24 c05863/24 c0a8/16 c0af30/24 c612/15 c63364/24 cb0071/24 e0/4 f0/4";
const SPECIAL_6 =
  "00000000000000000000000000000000/128 00000000000000000000000000000001/128 00000000000000000000ffff/96 0064ff9b0000000000000000/96 0064ff9b0001/48 0100000000000000/64 0100000000000001/64 2001000/23 20010db8/32 2002/16 2620004f8000/48 3fff0/20 5f00/16 fc/7 fe80/10 fec0/10 ff/8";

const special = new Set([...prefixes("4", SPECIAL_4), ...prefixes("6", SPECIAL_6)]);

function prefixes(family: string, text: string): string[] {
  return text.split(" ").map((entry) => {
    const [hex = "", length = "0"] = entry.split("/");
    const bits = [...hex].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
    return family + bits.slice(0, Number(length));
  });
}

/** The family and then the bits, so that families never match each other. */
const bitsOf = ({ family, value }: Address): string =>
  family + value.toString(2).padStart(family === 4 ? 32 : 128, "0");
const prefixOf = (cidr: Cidr): string => bitsOf(cidr).slice(0, 1 + cidr.length);
const within = (address: string, list: Iterable<string>): boolean =>
  [...list].some((prefix) => address.startsWith(prefix));

/** An endpoint as bits; undefined when it is a DNS name, of which nobody knows here where it leads. */
function bitsOfEndpoint(text: string): string | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return `4${words(text.split("."), 10, 8)}`;
  if (!text.includes(":")) return undefined;
  const [before = [], after = []] = text.split("::").map((half) => half.split(":").filter((word) => word !== ""));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return `6${words([...before, ...zeros, ...after], 16, 16)}`;
}

function words(list: readonly string[], base: number, bits: number): string {
  return list.map((word) => Number.parseInt(word, base).toString(2).padStart(bits, "0")).join("");
}

/** Everything about a domain as strings of bits; worked out once, so that ten million questions end today. */
export function naivePolicy(domain: Domain, seats: Seats): (packet: NaivePacket) => "allow" | "deny" {
  const subnets = new Map(domain.subnets.map((subnet) => [subnet.name, subnet.cidrs.map(prefixOf)]));
  const tunnels = domain.servers.flatMap((server) =>
    server.interfaces.map((wg) => {
      const path = `${server.name}/${wg.name}`;
      const clients = domain.bindings
        .filter((binding) => `${binding.server}/${binding.interface}` === path)
        .flatMap((binding) => binding.clients.map((client) => ({ ...client, profile: binding.profile })));
      return {
        path,
        server: server.name,
        known: [bitsOf(server.address), bitsOfEndpoint(server.endpoint)],
        networks: wg.networks.map(prefixOf),
        own: wg.networks.map((network) => bitsOf({ family: network.family, value: network.value + 1n })),
        sites: clients.flatMap((client) => client.subnets.flatMap((name) => subnets.get(name) ?? [])),
        clients: clients.map((client) => ({
          profile: client.profile,
          addresses: (seats.get(`${path}/${client.name}`) ?? []).map(bitsOf),
          sites: client.subnets.flatMap((name) => subnets.get(name) ?? []),
        })),
      };
    }),
  );

  const isTarget = (here: (typeof tunnels)[number], reach: Reach, to: string): boolean => {
    const others = tunnels.filter((tunnel) => tunnel.path !== here.path);
    const inOther = others.some((tunnel) => within(to, tunnel.networks));
    const behindOther = others.some((tunnel) => tunnel.server === here.server && within(to, tunnel.sites));
    const anyTunnel = tunnels.some((tunnel) => within(to, tunnel.networks) || within(to, tunnel.sites));
    if (reach.target.kind === "self") return here.own.includes(to);
    if (reach.target.kind === "peers") return within(to, here.networks) && !here.own.includes(to);
    if (reach.target.kind === "internet") return !within(to, special) && !anyTunnel && !here.known.includes(to);
    return within(to, subnets.get(reach.target.name) ?? []) && !inOther && (!behindOther || within(to, here.sites));
  };

  const isPort = (reach: Reach, protocol: string, port: number): boolean => {
    if (reach.ports.length === 0) return true;
    if (protocol === "icmp") return reach.ports.some((range) => range.protocol === "icmp");
    return reach.ports.some((range) => range.protocol === protocol && port >= range.first && port <= range.last);
  };

  return (packet) => {
    const here = tunnels.find((tunnel) => tunnel.path === packet.interface);
    const from = bitsOf(packet.from);
    const to = bitsOf(packet.to);
    const client = here?.clients.find((c) => c.addresses.includes(from) || within(from, c.sites));
    if (here === undefined || client === undefined || packet.from.family !== packet.to.family) return "deny";
    const lines = domain.profiles.find((profile) => profile.name === client.profile)?.reach ?? [];
    const isOpen = lines.some((reach) => isTarget(here, reach, to) && isPort(reach, packet.protocol, packet.port));
    return isOpen ? "allow" : "deny";
  };
}
