import type { InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import type { Probe } from "./probe.ts";
import { ownerPath } from "./spot.ts";

export interface Client {
  readonly plan: InterfacePlan;
  readonly peer: PeerPlan;
}

export interface Staging {
  readonly plans: readonly InterfacePlan[];
  readonly control: (plan: InterfacePlan, peer: PeerPlan) => Probe | undefined;
}

/** Everybody who sends, and every client that is sent to: by a probe, or by the control of either end of a forbidden one. */
export function involved({ plans, control }: Staging, probes: readonly Probe[]): Client[] {
  const clients = plans.flatMap((plan) => plan.peers.map((peer) => ({ plan, peer })));
  const owners = (of: readonly Probe[]): Client[] => {
    const paths = new Set(of.map(({ to }) => ownerPath(plans, to)));
    return clients.filter(({ peer }) => paths.has(peer.path));
  };
  const denied = probes.filter((probe) => probe.verdict === "deny");
  const controls = [...denied, ...owners(denied)].flatMap(({ plan, peer }) => control(plan, peer) ?? []);
  const all = new Set([...probes, ...owners([...probes, ...controls])].map(({ peer }) => peer));
  return clients.filter(({ peer }) => all.has(peer));
}
