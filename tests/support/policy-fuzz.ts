import type { Domain } from "../../core/domain/types.ts";
import { type Address, formatAddress } from "../../core/net/address.ts";
import { compile } from "../../core/plan/compile.ts";
import { emptyLock } from "../../core/plan/lock-file.ts";
import { decide } from "../../core/plan/policy.ts";
import type { InterfacePlan } from "../../core/plan/types.ts";
import { type ClientSketch, cidr, domainOf, type Sketch } from "./domain.ts";
import { type NaivePacket, naivePolicy } from "./naive-policy.ts";
import { type Random, randomFrom } from "./random.ts";

// Run as a program: `node tests/support/policy-fuzz.ts COUNT [SEED]` compares compiled and naive verdicts, exit 1 on a disagreement.

export interface FuzzResult {
  readonly lookups: number;
  readonly domains: number;
  readonly allowed: number;
  readonly disagreements: readonly string[];
}

const LOOKUPS_PER_DOMAIN = 5_000;
const SUBNETS = {
  lan: ["192.168.1.0/24", "fd00:1::/64"],
  cameras: ["192.168.1.64/26", "192.168.7.0/24"],
  odd: ["172.20.0.0/14", "93.184.216.0/22", "2001:4860::/32"],
  branch: ["192.168.50.0/24", "fd00:50::/64"],
  depot: ["192.168.60.0/23"],
  // Tunnels of one server that may be sites behind a client of the other: where its own client that server is.
  tunnel1: ["10.67.0.0/28"],
  tunnel2: ["fd00:68::/64"],
};
/** Site to the interfaces that have its families, and whose own server it is not behind. */
const SITES: Readonly<Record<string, readonly string[]>> = {
  branch: ["router/wg0", "nas/wg3"],
  depot: ["router/wg0", "router/wg1", "nas/wg3"],
  tunnel1: ["nas/wg3"],
  tunnel2: ["router/wg0"],
};
const TARGETS = ["self", "peers", "internet", ...Object.keys(SUBNETS)];
const PORTS = ["tcp/22", "tcp/80-90", "tcp/85-443", "udp/53", "udp/5000-5010", "tcp/1-65535", "icmp"];
const NETWORKS = [
  ["10.66.0.0/24", "fd00:66::/64"],
  ["10.67.0.0/28"],
  ["fd00:68::/64"],
  // A public range as a tunnel: it is never the internet.
  ["198.41.0.0/24", "2606:4700::/64"],
] as const;

/** Compares verdicts of random domains. The seed decides everything; `maximum` disagreements end it early. */
export function fuzzPolicy(count: number, seed: number, maximum = 5): FuzzResult {
  const random = randomFrom(seed);
  const disagreements: string[] = [];
  let lookups = 0;
  let domains = 0;
  let allowed = 0;
  while (lookups < count && disagreements.length < maximum) {
    const domain = domainOf(randomSketch(random));
    const { plans, problems } = compile(domain, emptyLock);
    if (problems.length > 0) throw new Error(`the domain has problems: ${problems[0]?.message}`);
    const interfaces = plans.flatMap((plan) => plan.interfaces);
    const peers = interfaces.flatMap((wg) => wg.peers);
    const naive = naivePolicy(domain, new Map(peers.map((peer) => [peer.path, peer.addresses])));
    const places = interestingPlaces(domain, interfaces);
    domains++;
    for (let i = 0; i < Math.min(LOOKUPS_PER_DOMAIN, count - lookups); i++) {
      const wg = random.one(interfaces);
      const packet = randomPacket(random, wg, places);
      const verdict = decide(wg, packet).verdict;
      if (verdict === "allow") allowed++;
      if (verdict !== naive(packet))
        disagreements.push(`seed ${seed}, domain ${domains}: ${describe(packet)} is ${verdict}`);
    }
    lookups += Math.min(LOOKUPS_PER_DOMAIN, count - lookups);
  }
  return { lookups, domains, allowed, disagreements };
}

function describe({ interface: wg, from, to, protocol, port }: NaivePacket): string {
  return `${wg} ${formatAddress(from)} > ${formatAddress(to)} ${protocol}/${port}`;
}

/** Two servers with two tunnels each, sites among them, some behind clients of both, and profiles and bindings by chance. */
export function randomSketch(random: Random): Sketch {
  const names = ["a", "b", "c", "d"];
  const chosen = random.some(Object.keys(SITES), 0.7);
  const left = new Map(["router", "nas"].map((server) => [server, [...chosen]]));
  const profiles = Object.fromEntries(
    names.map((name) => {
      const lines = random.some([...TARGETS, ...TARGETS], 0.25);
      return [name, lines.map((target) => [target, ...random.some(PORTS, random.one([0, 0.3]))].join(" "))];
    }),
  );
  const bindings = random.some(
    ["router/wg0", "router/wg1", "nas/wg2", "nas/wg3"].flatMap((wg) => names.map((name) => `${name} ${wg}`)),
    0.5,
  );
  const clientsOf = (binding: string): Record<string, ClientSketch> => {
    const [profile = "", wg = ""] = binding.split(" ");
    const sites = left.get(wg.split("/")[0] ?? "") ?? [];
    const at = sites.findIndex((name) => SITES[name]?.includes(wg));
    const [site] = at >= 0 && random.below(2) === 0 ? sites.splice(at, 1) : [];
    return { [`${profile}1`]: site === undefined ? {} : { subnets: [site] }, [`${profile}2`]: {} };
  };
  return {
    servers: {
      router: {
        address: random.one(["192.168.1.1", "8.8.4.4"]),
        endpoint: random.one(ENDPOINTS),
        interfaces: { wg0: NETWORKS[0], wg1: NETWORKS[1] },
      },
      nas: {
        address: "2001:4860::53",
        endpoint: random.one(ENDPOINTS),
        interfaces: { wg2: NETWORKS[2], wg3: NETWORKS[3] },
      },
    },
    subnets: SUBNETS,
    profiles,
    bindings: Object.fromEntries(bindings.map((binding) => [binding, clientsOf(binding)])),
  };
}

/** A name leads nowhere that a policy could know; an address is the server itself. */
const ENDPOINTS = ["vpn.example.net", "93.184.216.34", "9.9.9.9", "2001:4860::8", "2620:fe::9:0:fe"];

const CORNERS =
  "0.0.0.0/0 10.0.0.0/8 100.64.0.0/10 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3 ::/127 64:ff9b::/96 100::/63 2001::/23 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8 1.1.1.1/32 8.8.4.4/32 2606:4700:4700::1111/128 2001:4860::53/128 93.184.216.34/32 9.9.9.9/32 2001:4860::8/128 2620:fe::9:0:fe/128";

/** The edges of every network that a rule could speak of, one inside and one outside, and everybody's address. */
function interestingPlaces(domain: Domain, interfaces: readonly InterfacePlan[]): readonly Address[] {
  const networks = [
    ...CORNERS.split(" ").map(cidr),
    ...domain.subnets.flatMap((subnet) => subnet.cidrs),
    ...interfaces.flatMap((wg) => wg.networks),
  ];
  const edges = networks.flatMap(({ family, value, length }) => {
    const size = 1n << BigInt((family === 4 ? 32 : 128) - length);
    const most = family === 4 ? 2n ** 32n : 2n ** 128n;
    const values = [value - 1n, value, value + size - 1n, value + size].filter((v) => v >= 0n && v < most);
    return values.map((v): Address => ({ family, value: v }));
  });
  const mapped = (place: Address): boolean => place.family === 6 && place.value >> 32n === 0xffffn;
  return [
    ...edges,
    ...interfaces.flatMap((wg) => [...wg.addresses, ...wg.peers.flatMap((peer) => peer.addresses)]),
  ].filter((place) => !mapped(place));
}

function randomPacket(random: Random, wg: InterfacePlan, places: readonly Address[]): NaivePacket {
  const sources = [...wg.peers.flatMap((peer) => peer.addresses), ...wg.peers.flatMap((peer) => peer.subnets)];
  const from = sources.length > 0 && random.below(5) > 0 ? random.one(sources) : random.one(places);
  const to =
    random.below(4) > 0 ? random.one(places.filter((place) => place.family === from.family)) : anywhere(random);
  const protocol = random.one(["tcp", "tcp", "udp", "icmp", "gre"]);
  const port = random.one([1, 22, 53, 79, 80, 85, 90, 91, 443, 444, 5000, 5010, 5011, 65535]);
  return { interface: wg.path, from: { family: from.family, value: from.value }, to, protocol, port };
}

function anywhere(random: Random): Address {
  const word = (): bigint => BigInt(random.below(2 ** 32));
  if (random.below(2) === 0) return { family: 4, value: word() };
  const global = (0x2n << 124n) | (word() << 92n) | (word() << 60n) | (word() << 28n);
  return { family: 6, value: global };
}

function main([count = "200000", seed = "1"]: readonly string[]): number {
  const began = performance.now();
  const result = fuzzPolicy(Number(count), Number(seed));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const summary = `${result.lookups} lookups in ${result.domains} domains, ${result.allowed} allowed, ${result.disagreements.length} disagreements`;
  process.stdout.write(`${[`seed ${seed}: ${summary}, ${seconds} s`, ...result.disagreements].join("\n")}\n`);
  return result.disagreements.length === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = main(process.argv.slice(2));
