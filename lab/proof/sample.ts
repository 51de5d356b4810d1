import type { Address, Family } from "../../core/net/address.ts";
import { type Cidr, contains } from "../../core/net/cidr.ts";
import { grantsFor } from "../../core/plan/policy.ts";
import type { Grant, InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import {
  hasKey,
  judged,
  nameOf,
  PROTOCOLS,
  type Probe,
  type Protocol,
  type SampleOptions,
  type Sketch,
} from "./probe.ts";
import { addressWithin, generator } from "./random.ts";
import { ownerPath } from "./spot.ts";
import { across, linkLocal, spoofed, twin } from "./twin.ts";

const TRIES = 30;

/**
 * Draws from the reach matrix of all these interfaces, evenly over target, family and protocol: allowed probes, forbidden
 * twins, spoofed sources, link-local targets, clients of other tunnels. The same seed gives the same probes, sorted by interface and client.
 */
export function sampleProbes(plans: readonly InterfacePlan[], options: SampleOptions): Probe[] {
  const sketch = { plans, random: generator(options.seed), options };
  const wishes = interleave(plans.map((plan) => spread(sketch.random.shuffle(wishesOf(plan)))));
  const probes = new Map<string, Probe>();
  let pairs = 0;
  // A wish may come true twice, with other addresses and ports, or never: there may be nobody to send to.
  for (let i = 0; pairs < options.pairs && i < options.pairs * 4; i++) {
    const wish = wishes[i % wishes.length];
    const allowed = wish && grantProbe(sketch, wish);
    if (allowed === undefined || probes.has(nameOf(allowed))) continue;
    for (const probe of withOpposites(sketch, allowed, pairs++)) probes.set(nameOf(probe), probe);
  }
  return [...probes.values()].sort((a, b) => compareText(a.peer.path, b.peer.path));
}

/**
 * Every allowed probe gets a twin; every fourth is also sent with a false source, every fourth to a link-local target, and
 * every fourth into another tunnel: not more, because each of those needs one more client to be up.
 */
function withOpposites(sketch: Sketch, allowed: Probe, number: number): Probe[] {
  // Interfaces take turns, so a fixed beat would always meet the same ones.
  const turn = (number + Math.floor(number / 4)) % 4;
  const lie = turn === 0 ? spoofed(sketch, allowed) : undefined;
  const local = turn === 2 ? linkLocal(sketch, allowed) : undefined;
  const beyond = turn === 1 ? across(sketch, allowed) : undefined;
  return [allowed, twin(sketch, allowed), lie, local, beyond].filter((probe) => probe !== undefined);
}

/** An allowed probe of this client, to prove that its path works; undefined when it may send nothing usable. `plans`: all of its server. */
export function controlProbe(
  plans: readonly InterfacePlan[],
  { plan, peer }: Pick<Probe, "plan" | "peer">,
  options: SampleOptions,
): Probe | undefined {
  const sketch = { plans, random: generator(options.seed), options };
  const wishes = wishesOf(plan).filter((wish) => wish.peer === peer);
  const probes = wishes.flatMap((wish) => grantProbe(sketch, wish) ?? []);
  // Another client is one more that has to be up; and echo requests of ours are told apart by their target alone.
  const drawback = ({ to, protocol }: Probe) => (ownerPath(plans, to) ? 2 : 0) + (protocol === "icmp" ? 1 : 0);
  return probes.sort((a, b) => drawback(a) - drawback(b))[0];
}

/** One cell of the reach matrix. */
interface Wish {
  readonly plan: InterfacePlan;
  readonly peer: PeerPlan;
  readonly grant: Grant;
  readonly family: Family;
  readonly protocol: Protocol;
}

function wishesOf(plan: InterfacePlan): Wish[] {
  return plan.peers
    .filter(hasKey)
    .flatMap((peer) =>
      grantsFor(plan, peer).flatMap((grant) =>
        peer.addresses.flatMap(({ family }) =>
          PROTOCOLS.filter(
            (protocol) => grant.ports.length === 0 || grant.ports.some((p) => p.protocol === protocol),
          ).map((protocol) => ({ plan, peer, grant, family, protocol })),
        ),
      ),
    );
}

/** Different cells first: the second of a kind comes after the first of every other. */
function spread(wishes: readonly Wish[]): Wish[] {
  const seen = new Map<string, number>();
  const ranked = wishes.map((wish) => {
    const kind = `${wish.grant.name} ${wish.family} ${wish.protocol}`;
    const rank = seen.get(kind) ?? 0;
    seen.set(kind, rank + 1);
    return { wish, rank };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ wish }) => wish);
}

function interleave<T>(queues: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...queues.map((queue) => queue.length));
  return Array.from({ length: longest }, (_, i) => queues.flatMap((queue) => queue.slice(i, i + 1))).flat();
}

function grantProbe(sketch: Sketch, { plan, peer, grant, family, protocol }: Wish): Probe | undefined {
  const { random } = sketch;
  const networks = grant.destinations.filter((cidr) => cidr.family === family && isInUse(cidr, grant));
  for (let i = 0; i < TRIES && networks.length > 0; i++) {
    const to = addressIn(sketch, plan, random.pick(networks));
    const port = protocol === "icmp" ? 0 : portOf(sketch, grant, protocol);
    const probe = judged(sketch, plan, peer, { to, protocol, port });
    if (probe?.verdict === "allow") return probe;
  }
  return undefined;
}

/** Of the IPv6 internet only 2000::/3 has been given out (RFC 4291 2.4); systems refuse some of the rest. */
function isInUse(cidr: Cidr, { target }: Grant): boolean {
  return target !== "internet" || cidr.family === 4 || (cidr.length >= 3 && cidr.value >> 125n === 1n);
}

/** A real host half the time, so that both what exists and what might exist gets tried. */
function addressIn({ random, options }: Sketch, plan: InterfacePlan, cidr: Cidr): Address {
  const inside = (address: Address) => contains(cidr, address);
  const real = [...options.landmarks, ...plan.peers.flatMap((p) => p.addresses), ...plan.addresses].filter(inside);
  if (real.length > 0 && random.below(2) === 0) return random.pick(real);
  return addressWithin(random, cidr);
}

function portOf({ random }: Sketch, grant: Grant, protocol: Protocol): number {
  const ranges = grant.ports.filter((range) => range.protocol === protocol);
  if (ranges.length === 0) return 1 + random.below(65535);
  const { first, last } = random.pick(ranges);
  return random.pick([first, last, first + random.below(last - first + 1)]);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
