import { type Address, addressBits, formatAddress, sameAddress } from "../../core/net/address.ts";
import { contains } from "../../core/net/cidr.ts";
import { grantsFor } from "../../core/plan/policy.ts";
import type { Grant, InterfacePlan } from "../../core/plan/types.ts";
import { hasKey, judged, PROTOCOLS, type Probe, type Sketch, type Target, withVerdict } from "./probe.ts";
import { addressWithin } from "./random.ts";

/** An address that no interface has by itself. */
const LINK_LOCAL: Address = { family: 6, value: (0xfe80n << 112n) | 0x7777n };

/** The nearest forbidden thing: another port or protocol there, an address next door, somebody else's network. */
export function twin(sketch: Sketch, allowed: Probe): Probe | undefined {
  const { random } = sketch;
  const { plan, peer, to, protocol, port } = allowed;
  const grants = grantsFor(plan, peer);
  const edges = grants.flatMap((grant) => grant.ports).filter((range) => range.protocol === protocol);
  const ports =
    protocol === "icmp" ? [] : [...edges.flatMap(({ first, last }) => [first - 1, last + 1]), 1 + random.below(65535)];
  const others = PROTOCOLS.filter((other) => other !== protocol);
  const here: Target[] = [
    ...ports.filter((other) => other > 0 && other < 65536).map((other) => ({ to, protocol, port: other })),
    ...others.map((other) => ({ to, protocol: other, port: other === "icmp" ? 0 : port || 1 + random.below(65535) })),
  ];
  const elsewhere = addressesAround(sketch, plan, grants).filter((address) => address.family === to.family);
  const there = elsewhere.map((address) => ({ to: address, protocol, port }));
  // Both kinds get a chance, whichever has more candidates.
  const order = random.below(2) === 0 ? [here, there] : [there, here];
  for (const target of order.flatMap((targets) => random.shuffle(targets))) {
    const probe = judged(sketch, plan, peer, target);
    if (probe?.verdict === "deny") return probe;
  }
  return undefined;
}

function addressesAround({ plans, options }: Sketch, plan: InterfacePlan, grants: readonly Grant[]): Address[] {
  const networks = grants.filter((grant) => grant.target === "subnet").flatMap((grant) => grant.destinations);
  const beside = networks.flatMap(({ family, value, length }) => {
    const size = 1n << BigInt(addressBits(family) - length);
    return [value - 2n, value + size + 1n].filter((v) => v > 0n).map((v) => ({ family, value: v }));
  });
  return [
    ...beside,
    ...options.landmarks,
    ...plan.peers.filter(hasKey).flatMap((peer) => peer.addresses),
    ...plans.flatMap((other) => other.addresses),
  ];
}

/** The same packet in the name of another client, also of another tunnel, or of one that does not exist. */
export function spoofed({ plans, random }: Sketch, allowed: Probe): Probe | undefined {
  const { plan, peer, to } = allowed;
  const near = [
    ...plan.peers.filter((other) => other !== peer).flatMap((other) => other.addresses),
    ...plan.networks.map(({ family, value }) => ({ family, value: value + 2n + BigInt(random.below(200)) })),
  ];
  const far = plans.filter((other) => other !== plan).flatMap((other) => other.peers.flatMap((one) => one.addresses));
  // As many of each, however many tunnels there are.
  const strangers = [...near, ...random.shuffle(far).slice(0, near.length)];
  const isOwn = (address: Address) => peer.allowedIps.some((cidr) => contains(cidr, address));
  const isServer = (address: Address) => plan.addresses.some((own) => sameAddress(own, address));
  const usable = strangers.filter(
    (address) => address.family === to.family && !isOwn(address) && !isServer(address) && !sameAddress(address, to),
  );
  if (usable.length === 0) return undefined;
  const spoof = random.pick(usable);
  const reason = `${formatAddress(spoof)} is not an address of ${peer.path}`;
  return { ...allowed, spoof, verdict: "deny", reason };
}

/** A client of another tunnel, or somebody behind one: no profile opens those. */
export function across(sketch: Sketch, { plan, peer }: Probe): Probe | undefined {
  const { plans, random } = sketch;
  const families = new Set(peer.addresses.map((own) => own.family));
  const owners = plans.filter((other) => other !== plan).flatMap((other) => other.peers.filter(hasKey));
  for (const { addresses, subnets } of random.shuffle(owners)) {
    const sites = subnets.map((subnet) => addressWithin(random, subnet));
    const there = [...addresses, ...sites].filter((address) => families.has(address.family));
    if (there.length === 0) continue;
    const protocol = random.pick(PROTOCOLS);
    const port = protocol === "icmp" ? 0 : 1 + random.below(65535);
    const probe = judged(sketch, plan, peer, { to: random.pick(there), protocol, port });
    if (probe) return probe;
  }
  return undefined;
}

/** The server's side of the tunnel has link-local addresses too, and no profile opens those. */
export function linkLocal({ random }: Sketch, { plan, peer }: Probe): Probe | undefined {
  if (!peer.addresses.some((address) => address.family === 6)) return undefined;
  const protocol = random.pick(PROTOCOLS);
  const port = protocol === "icmp" ? 0 : 1 + random.below(65535);
  return withVerdict(plan, peer, { to: LINK_LOCAL, protocol, port });
}
