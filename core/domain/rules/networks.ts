import { formatAddress } from "../../net/address.ts";
import { formatCidr, hostCapacity } from "../../net/cidr.ts";
import type { Facts, InterfaceFact, Located } from "../facts.ts";
import { TUNNEL, withRoom } from "../network.ts";
import type { Report } from "../place.ts";
import { clashesBetween, clashesWithin } from "./clashes.ts";
import { checkDoors } from "./doors.ts";
import { repeated, withLine } from "./duplicates.ts";
import { serversBehind } from "./sites.ts";

/** Ports, addresses and tunnel networks: each for one use only. */
export function checkNetworks(facts: Facts, report: Report): void {
  checkPorts(facts, report);
  checkDoors(facts, report);
  checkServerAddresses(facts, report);
  for (const one of facts.interfaces.values()) checkFamilies(one, report);
  checkTunnelOverlaps(facts, report);
  checkSubnetOverlaps(facts, report);
}

function checkPorts(facts: Facts, report: Report): void {
  const users = [...facts.interfaces.values()].map((one) => ({ ...one, path: [...one.path, "port"] }));
  const sameSocket = (one: InterfaceFact): string | undefined =>
    one.draft.port === undefined ? undefined : `${one.server} ${one.draft.port}`;
  for (const [first, ...others] of repeated(users, sameSocket, report)) {
    for (const { path, draft } of others) {
      const message = `port ${draft.port} of this server belongs to ${withLine(first.id, first.path, report)} already`;
      report.add({ code: "duplicate-port", path, message, hint: "choose another port" });
    }
  }
}

function checkServerAddresses(facts: Facts, report: Report): void {
  const users = facts.servers.map((server) => ({ ...server, path: [...server.path, "address"] }));
  const text = (server: (typeof users)[number]) => server.draft.address && formatAddress(server.draft.address);
  for (const [first, ...others] of repeated(users, text, report)) {
    for (const server of others) {
      const message = `${text(server)} is the address of ${withLine(first.name, first.path, report)} already`;
      report.add({ code: "duplicate-address", path: server.path, message, hint: "one server, one address" });
    }
  }
}

function checkFamilies({ networks }: InterfaceFact, report: Report): void {
  for (const [i, { cidr, path }] of networks.entries()) {
    const text = formatCidr(cidr);
    if (networks.slice(0, i).some((other) => other.cidr.family === cidr.family)) {
      const message = `${text} is a second IPv${cidr.family} network of this interface`;
      report.add({ code: "too-many-networks", path, message, hint: "give it one per family" });
    }
    if (hostCapacity(cidr) < 2) {
      const message = `${text} has no room for a server and a client`;
      const hint = `write ${formatCidr(withRoom(cidr, TUNNEL))} or wider`;
      report.add({ code: "network-too-small", path, message, hint });
    }
  }
}

function checkTunnelOverlaps(facts: Facts, report: Report): void {
  const tunnels = [...facts.interfaces.values()].flatMap(({ networks }) => networks);
  const clashes = clashesWithin(tunnels, (one, other) => one.owner !== other.owner, report);
  reportOverlaps(clashes, report, "give every interface a range of its own");
}

/** A site may be another server's tunnel: then that server is a client here and routes for its own. */
function checkSubnetOverlaps(facts: Facts, report: Report): void {
  const tunnels = [...facts.interfaces.values()].flatMap(({ networks, server }) =>
    networks.map((network) => ({ ...network, server })),
  );
  const subnets = [...facts.subnets].flatMap(([subnet, cidrs]) => cidrs.map((located) => ({ ...located, subnet })));
  const behind = serversBehind(facts);
  const isConflict = (tunnel: (typeof tunnels)[number], { subnet }: (typeof subnets)[number]): boolean =>
    behind.get(subnet)?.has(tunnel.server) ?? true;
  const clashes = clashesBetween(tunnels, subnets, isConflict, report);
  const hint =
    "a tunnel network must be in no other network; profiles reach its clients as peers, and its server as self";
  reportOverlaps(clashes, report, hint);
}

/** The later of the two is at fault, because the earlier was there first. */
function reportOverlaps(clashes: readonly (readonly [Located, Located])[], report: Report, hint: string): void {
  for (const [first, second] of clashes) {
    const other = `${formatCidr(first.cidr)} of ${withLine(first.owner, first.path, report)}`;
    report.add({
      code: "network-overlap",
      path: second.path,
      message: `${formatCidr(second.cidr)} overlaps ${other}`,
      hint,
    });
  }
}
