import { formatAddress } from "../net/address.ts";
import { formatCidr } from "../net/cidr.ts";
import { formatPortRange, type PortRange } from "../net/port.ts";
import { clientRoutes } from "../plan/policy.ts";
import type { Grant, InterfacePlan, PeerPlan, ServerPlan } from "../plan/types.ts";
import { renderTable } from "./table.ts";

/** The plan for people: interfaces, what each profile opens, and each client with its addresses and routes. */
export function renderPlanText(plans: readonly ServerPlan[]): string {
  return plans.map(renderServer).join("\n");
}

function renderServer(plan: ServerPlan): string {
  const address = formatAddress(plan.address);
  const dialled = plan.endpoint === address ? "" : `, clients dial ${plan.endpoint}`;
  return [`${plan.server}  ${address}${dialled}`, "", ...plan.interfaces.map(renderInterface)].join("\n");
}

function renderInterface(plan: InterfacePlan): string {
  const routes = plan.routes.length > 0 ? [`    routes to clients: ${list(plan.routes.map(formatCidr))}`] : [];
  const reach = plan.groups.flatMap(({ profile, grants }) =>
    grants.length > 0 ? grants.map((grant) => [profile, grant.name, openPorts(grant)]) : [[profile, "nothing", "-"]],
  );
  const clients = plan.peers.map((peer) => clientRow(plan, peer));
  return [
    `  ${plan.path}  port ${plan.port}, ${list(plan.networks.map(formatCidr))}, server ${list(plan.addresses.map(formatAddress))}`,
    ...routes,
    ...(reach.length > 0 ? [renderTable([["profile", "reaches", "on"], ...reach], "    ")] : []),
    ...(clients.length > 0
      ? [renderTable([["client", "profile", "addresses", "key", "behind it", "its AllowedIPs"], ...clients], "    ")]
      : []),
    "",
  ].join("\n");
}

function clientRow(plan: InterfacePlan, peer: PeerPlan): string[] {
  const key = peer.key.kind === "given" ? "its own" : `derived, epoch ${peer.key.name.epoch}`;
  return [
    peer.name,
    peer.profile,
    list(peer.addresses.map(formatAddress)),
    key,
    list(peer.subnets.map(formatCidr)),
    list(clientRoutes(plan, peer).map(formatCidr)),
  ];
}

/** `everything`, `tcp/443, icmp`, or `-` when nothing of the target is left to reach from here. */
export function openPorts(grant: Pick<Grant, "destinations" | "ports">): string {
  return grant.destinations.length === 0 ? "-" : portsText(grant.ports);
}

function portsText(ports: readonly PortRange[]): string {
  return ports.length === 0 ? "everything" : ports.map(formatPortRange).join(", ");
}

function list(texts: readonly string[]): string {
  return texts.length === 0 ? "-" : texts.join(", ");
}
