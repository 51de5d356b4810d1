import { formatAddress } from "../net/address.ts";
import { formatCidr, toCidr } from "../net/cidr.ts";
import { formatPortRange } from "../net/port.ts";
import { clientRoutes } from "../plan/policy.ts";
import type { Grant, InterfacePlan, PeerPlan, ServerPlan } from "../plan/types.ts";

/** The plan for programs: the words of `core/plan/types.ts`, with addresses and networks as canonical text. */
export function renderPlanJson(plans: readonly ServerPlan[]): string {
  return `${JSON.stringify({ servers: plans.map(serverJson) }, null, 2)}\n`;
}

function serverJson({ server, address, endpoint, interfaces }: ServerPlan) {
  return { server, address: formatAddress(address), endpoint, interfaces: interfaces.map(interfaceJson) };
}

function interfaceJson(plan: InterfacePlan) {
  return {
    path: plan.path,
    name: plan.name,
    port: plan.port,
    networks: plan.networks.map(formatCidr),
    addresses: plan.addresses.map(formatAddress),
    key: plan.key,
    routes: plan.routes.map(formatCidr),
    groups: plan.groups.map(({ profile, grants }) => ({ profile, grants: grants.map((one) => grantJson(plan, one)) })),
    peers: plan.peers.map((peer) => peerJson(plan, peer)),
  };
}

/** `except`: the server's own addresses, which lie in the networks of `peers` and are `self`. */
export function grantJson({ addresses }: InterfacePlan, { origin, target, name, destinations, ports }: Grant) {
  const except = target === "peers" ? { except: addresses.map(toCidr).map(formatCidr) } : {};
  return {
    origin,
    target,
    name,
    ports: ports.map(formatPortRange),
    destinations: destinations.map(formatCidr),
    ...except,
  };
}

function peerJson(plan: InterfacePlan, peer: PeerPlan) {
  return {
    path: peer.path,
    name: peer.name,
    profile: peer.profile,
    host: peer.host,
    addresses: peer.addresses.map(formatAddress),
    subnets: peer.subnets.map(formatCidr),
    allowedIps: peer.allowedIps.map(formatCidr),
    clientRoutes: clientRoutes(plan, peer).map(formatCidr),
    key: peer.key,
    presharedKey: peer.presharedKey,
  };
}
