import type { Problem } from "../domain/problem.ts";
import type { Domain, Expectation } from "../domain/types.ts";
import { type Address, formatAddress } from "../net/address.ts";
import { formatPortRange } from "../net/port.ts";
import { isAtHome, opening } from "./policy.ts";
import type { InterfacePlan, PeerPlan, ServerPlan } from "./types.ts";

export interface Place {
  readonly plan: InterfacePlan;
  readonly peer: PeerPlan;
}

/** Client path to where it is in the plans. */
export function placesOf(plans: readonly ServerPlan[]): ReadonlyMap<string, Place> {
  const interfaces = plans.flatMap((server) => server.interfaces);
  return new Map(interfaces.flatMap((plan) => plan.peers.map((peer) => [peer.path, { plan, peer }] as const)));
}

/** One problem per expectation that the policy contradicts, with the rule that decides; of clients in no plan nothing is said. */
export function checkExpectations(domain: Domain, plans: readonly ServerPlan[]): Problem[] {
  if (domain.expectations.length === 0) return [];
  const places = placesOf(plans);
  return domain.expectations.flatMap((expectation) => {
    const place = places.get(expectation.from);
    if (place === undefined || (expectation.to.kind === "client" && !places.has(expectation.to.path))) return [];
    const targets = targetsOf(place, expectation, places);
    const within = targets.find((to) => isAtHome(place.peer, to));
    if (within !== undefined) {
      const message = `${formatAddress(within)} is ${expectation.from} itself, or behind it: the tunnel never carries this`;
      return [{ code: "expectation", ...expectation.position, message, hint: "remove this line" }];
    }
    const wrong = contradiction(place, expectation, targets);
    if (wrong === undefined) return [];
    const verdict = expectation.verdict === "allow" ? "allowed" : "denied";
    const port = expectation.port === undefined ? "" : ` ${formatPortRange(expectation.port)}`;
    const message = `${expectation.from} to ${wrong.to}${port} is not ${verdict}: ${wrong.reason}`;
    const hint = "change the profile, its binding or the expectation";
    return [{ code: "expectation", ...expectation.position, message, hint }];
  });
}

/** The first target whose traffic is not as expected. `allow` wants all of it open, `deny` none of it. */
function contradiction(
  { plan, peer }: Place,
  { verdict, port, to: target }: Expectation,
  addresses: readonly Address[],
): { readonly to: string; readonly reason: string } | undefined {
  if (addresses.length === 0 && verdict === "allow" && target.kind === "client") {
    return { to: target.path, reason: "the two have no address family in common" };
  }
  for (const to of addresses) {
    const { open, reason } = opening(plan, peer, to, port);
    if (open !== (verdict === "allow" ? "all" : "none")) return { to: formatAddress(to), reason };
  }
  return undefined;
}

/** Where a target has several addresses, those that the source can send to at all. */
export function targetsOf(from: Place, { to }: Expectation, places: ReadonlyMap<string, Place>): readonly Address[] {
  if (to.kind === "address") return [to.address];
  const all = to.kind === "self" ? from.plan.addresses : (places.get(to.path)?.peer.addresses ?? []);
  return all.filter((address) => from.peer.addresses.some((own) => own.family === address.family));
}
