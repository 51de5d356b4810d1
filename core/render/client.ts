import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { formatCidr, toCidr } from "../net/cidr.ts";
import { subtract } from "../net/cidr-set.ts";
import type { KeyRing } from "../plan/keys.ts";
import { clientRoutes, decide, grantsFor, isAtHome } from "../plan/policy.ts";
import type { Execution, InterfacePlan, PeerPlan, ServerPlan } from "../plan/types.ts";

export interface ClientRequest {
  readonly plan: ServerPlan;
  readonly interface: InterfacePlan;
  readonly peer: PeerPlan;
  readonly keys: KeyRing;
  readonly execution: Execution;
}

/** One client's configuration as wg-quick and the WireGuard apps read it. Holds keys: secret. */
export function renderClient(request: ClientRequest): string {
  const { plan, interface: wg, peer, keys, execution } = request;
  const routes = clientRoutes(wg, peer);
  const own = [
    ...privateKeyLines(peer, keys),
    `Address = ${peer.addresses.map((address) => formatCidr(toCidr(address))).join(", ")}`,
    ...dnsLines(wg, peer, execution.clientDns),
    `MTU = ${execution.mtu}`,
  ];
  const server = [
    `PublicKey = ${keys.publicKey(wg.key)}`,
    ...(execution.presharedKeys === "on" ? [`PresharedKey = ${keys.presharedKey(peer.presharedKey)}`] : []),
    `Endpoint = ${endpointHost(plan.endpoint)}:${wg.port}`,
    ...(routes.length > 0 ? [`AllowedIPs = ${routes.map(formatCidr).join(", ")}`] : ["# Its profile reaches nothing."]),
    ...(execution.keepaliveSeconds > 0 ? [`PersistentKeepalive = ${execution.keepaliveSeconds}`] : []),
  ];
  return [...header(wg, peer), "[Interface]", ...own, "", "[Peer]", ...server, ""].join("\n");
}

/** What is behind the client itself it does not reach through the tunnel, but has at home. */
function header(wg: InterfacePlan, peer: PeerPlan): string[] {
  const reach = grantsFor(wg, peer)
    .flatMap((grant) => (subtract(grant.destinations, peer.subnets).length > 0 ? [grant.name] : []))
    .join(", ");
  return [
    `# ${peer.path}: profile ${peer.profile}, reaches ${reach === "" ? "nothing" : reach}`,
    "# Holds keys: for this one device, and for nobody else's eyes.",
    ...(peer.subnets.length === 0 ? [] : [`# Must forward for ${peer.subnets.map(formatCidr).join(", ")} behind it.`]),
  ];
}

function privateKeyLines(peer: PeerPlan, keys: KeyRing): string[] {
  if (peer.key.kind === "derived") return [`PrivateKey = ${keys.privateKey(peer.key.name)}`];
  return [
    "# This client brought its own key, and only it knows the private half: put that in place of the words in <>.",
    `# It must belong to ${peer.key.publicKey} (wg pubkey < private-key-file shows that).`,
    "PrivateKey = <put your own private key here>",
  ];
}

/** A name server that the profile keeps closed would leave the client without names altogether; one in its own site is at home. */
function dnsLines(wg: InterfacePlan, peer: PeerPlan, servers: readonly Address[]): string[] {
  const isOpen = (to: Address): boolean =>
    isAtHome(peer, to) || decide(wg, { from: peer, to, protocol: "udp", port: 53 }).verdict === "allow";
  const open = servers.filter(isOpen).map(formatAddress);
  const closed = servers.filter((server) => !isOpen(server)).map(formatAddress);
  return [
    ...(closed.length > 0 ? [`# Its profile does not open udp/53 of the name server ${closed.join(", ")}.`] : []),
    ...(open.length > 0 ? [`DNS = ${open.join(", ")}`] : []),
  ];
}

function endpointHost(endpoint: string): string {
  return parseAddress(endpoint)?.family === 6 ? `[${endpoint}]` : endpoint;
}
