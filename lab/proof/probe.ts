import { type Address, formatAddress, sameAddress } from "../../core/net/address.ts";
import { contains } from "../../core/net/cidr.ts";
import { decide } from "../../core/plan/policy.ts";
import type { InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import type { Random } from "./random.ts";

/** One question to policy and packets alike. */
export interface Probe {
  readonly plan: InterfacePlan;
  readonly peer: PeerPlan;
  /** Sent in the name of this address; the client's own when undefined. */
  readonly spoof?: Address;
  readonly to: Address;
  readonly protocol: Protocol;
  /** 0 for icmp. */
  readonly port: number;
  /** What the compiled policy says, and why. */
  readonly verdict: "allow" | "deny";
  readonly reason: string;
}

export type Protocol = "tcp" | "udp" | "icmp";

export interface SampleOptions {
  readonly seed: number;
  /** How many allowed probes, each with a forbidden twin as near to it as can be. */
  readonly pairs: number;
  /** Addresses worth trying: real hosts. */
  readonly landmarks: readonly Address[];
  /** Whether packets can be sent to an address, and watched there. */
  readonly usable: (to: Address) => boolean;
}

export const PROTOCOLS: readonly Protocol[] = ["tcp", "udp", "icmp"];

/** What probes are drawn from. */
export interface Sketch {
  readonly plans: readonly InterfacePlan[];
  readonly random: Random;
  readonly options: SampleOptions;
}

/** Where a probe goes. */
export type Target = Pick<Probe, "to" | "protocol" | "port">;

/** Clients whose keys we can derive, and so clients that we can be. */
export function hasKey(peer: PeerPlan): boolean {
  return peer.key.kind === "derived";
}

/** The probe with the policy's verdict; undefined when packets can't put it to the test. */
export function judged(
  { plans, options }: Sketch,
  plan: InterfacePlan,
  peer: PeerPlan,
  target: Target,
): Probe | undefined {
  // A tunnel's own port is taken, by something that does not answer.
  if (target.protocol === "udp" && plans.some((other) => other.port === target.port)) return undefined;
  return canArrive(plans, target.to, peer) && options.usable(target.to) ? withVerdict(plan, peer, target) : undefined;
}

/** Inside the networks of any tunnel only the server and clients that we can be are somewhere. */
function canArrive(plans: readonly InterfacePlan[], to: Address, from: PeerPlan): boolean {
  const owner = plans.flatMap((one) => one.peers).find((peer) => peer.allowedIps.some((cidr) => contains(cidr, to)));
  if (owner) return owner !== from && hasKey(owner);
  const isServer = plans.some((other) => other.addresses.some((address) => sameAddress(address, to)));
  return isServer || !plans.some((other) => other.networks.some((network) => contains(network, to)));
}

export function withVerdict(plan: InterfacePlan, peer: PeerPlan, target: Target): Probe {
  const { verdict, reason } = decide(plan, { from: peer, ...target });
  return { plan, peer, ...target, verdict, reason };
}

/** Two probes with the same name would send the same packets. */
export function nameOf({ peer, spoof, to, protocol, port }: Probe): string {
  const from = spoof ? `${peer.path} as ${formatAddress(spoof)}` : peer.path;
  return `${from} to ${formatAddress(to)} ${protocol}${protocol === "icmp" ? "" : `/${port}`}`;
}
