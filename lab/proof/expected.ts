import type { Expectation } from "../../core/domain/types.ts";
import { type Address, formatAddress, sameAddress } from "../../core/net/address.ts";
import { contains } from "../../core/net/cidr.ts";
import { placesOf, targetsOf } from "../../core/plan/expectation.ts";
import { decide } from "../../core/plan/policy.ts";
import type { InterfacePlan, ServerPlan } from "../../core/plan/types.ts";
import { hasKey, type Probe, type Protocol } from "./probe.ts";
import { ownerPath } from "./spot.ts";

/** An `expect` line as packets to send; or why none can be sent for it. */
export interface Expected {
  readonly expectation: Expectation;
  readonly probes: readonly Probe[];
  /** Set when it stays proven on paper only. */
  readonly onPaper?: string;
}

/** Stands for "every protocol and port" where a line names none. */
const ANY: readonly Pick<Probe, "protocol" | "port">[] = [
  { protocol: "tcp", port: 443 },
  { protocol: "udp", port: 4433 },
  { protocol: "icmp", port: 0 },
];

/** The lines that speak of this server's clients, in file order. */
export function expectedOf(
  server: ServerPlan,
  all: readonly ServerPlan[],
  expectations: readonly Expectation[],
): Expected[] {
  const places = placesOf(all);
  return expectations.flatMap((expectation) => {
    const place = places.get(expectation.from);
    if (place === undefined || place.plan.server !== server.server) return [];
    const onPaper = (reason: string): Expected => ({ expectation, probes: [], onPaper: reason });
    if (!hasKey(place.peer)) return [onPaper("own key: packets cannot be sent in its name")];
    const addresses = targetsOf(place, expectation, places);
    const reachable = addresses.filter((to) => place.peer.addresses.some((own) => own.family === to.family));
    if (reachable.length === 0) return [onPaper("the two have no address family in common")];
    const missing = reachable.map((to) => unreal(server.interfaces, to)).find((reason) => reason !== undefined);
    if (missing !== undefined) return [onPaper(missing)];
    const ways = waysOf(expectation);
    const probes = reachable.flatMap((to) =>
      ways.map((way): Probe => {
        const { reason } = decide(place.plan, { from: place.peer, to, ...way });
        return { ...place, to, ...way, verdict: expectation.verdict, reason };
      }),
    );
    return [{ expectation, probes }];
  });
}

/** Both ends of a range: that is where a rule goes wrong. */
function waysOf({ port }: Expectation): readonly { readonly protocol: Protocol; readonly port: number }[] {
  if (port === undefined) return ANY;
  const ends = port.first === port.last ? [port.first] : [port.first, port.last];
  return ends.map((end) => ({ protocol: port.protocol, port: end }));
}

/** Why nobody can be at an address that only a client could have. */
function unreal(plans: readonly InterfacePlan[], to: Address): string | undefined {
  const path = ownerPath(plans, to);
  const owner = plans.flatMap((plan) => plan.peers).find((peer) => peer.path === path);
  if (owner && !hasKey(owner)) return `${owner.path} has its own key: nobody can answer in its name`;
  const isFree = !owner && isTunnelAddress(plans, to);
  return isFree ? `no client has ${formatAddress(to)}` : undefined;
}

function isTunnelAddress(plans: readonly InterfacePlan[], to: Address): boolean {
  return plans.some(
    (plan) =>
      plan.networks.some((network) => contains(network, to)) && !plan.addresses.some((own) => sameAddress(own, to)),
  );
}
