import { type Cidr, formatCidr, overlaps } from "../net/cidr.ts";
import { subtract } from "../net/cidr-set.ts";
import { grantsFor } from "../plan/policy.ts";
import type { Grant, InterfacePlan, PeerPlan, ServerPlan } from "../plan/types.ts";
import { grantJson } from "./plan-json.ts";
import { openPorts } from "./plan-text.ts";
import { renderTable } from "./table.ts";

/** Who reaches what: per interface a row per client and a column per target that somebody there may reach. */
export function renderMatrixText(plans: readonly ServerPlan[]): string {
  const interfaces = plans.flatMap((plan) => plan.interfaces).filter((wg) => wg.peers.length > 0);
  if (interfaces.length === 0) return "nobody reaches anything: no client is bound\n";
  return interfaces.map((wg) => `${wg.path}\n${renderTable(rows(wg), "  ")}\n`).join("\n");
}

function rows(wg: InterfacePlan): string[][] {
  const all = wg.groups.flatMap((group) => group.grants);
  const reserved = ["self", "peers", "internet"].filter((name) =>
    all.some((g) => g.target !== "subnet" && g.name === name),
  );
  const subnets = [...new Set(all.filter((g) => g.target === "subnet").map((g) => g.name))].sort();
  const targets = [...reserved, ...subnets];
  const cells = new Map(
    wg.groups.map(({ profile, grants }) => [profile, targets.map((name) => cell(grants.find((g) => g.name === name)))]),
  );
  const extents = targets.map((name) => all.filter((g) => g.name === name).flatMap(extentOf));
  const cellsOf = (peer: PeerPlan): string[] => {
    const opened = cells.get(peer.profile) ?? [];
    return peer.subnets.length === 0
      ? opened
      : opened.map((text, i) => besideHome(text, extents[i] ?? [], peer.subnets));
  };
  return [["client", "profile", ...targets], ...wg.peers.map((peer) => [peer.name, peer.profile, ...cellsOf(peer)])];
}

/** All that a target means, also what stays closed. */
function extentOf({ destinations, withheld }: Grant): readonly Cidr[] {
  return [...destinations, ...withheld.map(({ cidr }) => cidr)];
}

function cell(grant: Grant | undefined): string {
  if (grant === undefined || grant.destinations.length === 0) return "-";
  return grant.withheld.length === 0 ? openPorts(grant) : `${openPorts(grant)}, but not behind other tunnels`;
}

/** What is behind a client it has at home, whatever its profile says: the tunnel never carries that. */
function besideHome(text: string, extent: readonly Cidr[], home: readonly Cidr[]): string {
  if (!extent.some((cidr) => home.some((own) => overlaps(cidr, own)))) return text;
  if (subtract(extent, home).length === 0) return "at home";
  return text === "-" ? "partly at home" : `${text}, partly at home`;
}

export function renderMatrixJson(plans: readonly ServerPlan[]): string {
  const interfaces = plans.flatMap((plan) => plan.interfaces);
  const list = interfaces.flatMap((wg) => wg.peers.map((peer) => matrixRow(wg, peer)));
  return `${JSON.stringify(list, null, 2)}\n`;
}

function matrixRow(wg: InterfacePlan, peer: PeerPlan) {
  const reaches = grantsFor(wg, peer).map((grant) => {
    if (peer.subnets.length === 0) return grantJson(wg, grant);
    return grantJson(wg, { ...grant, destinations: subtract(grant.destinations, peer.subnets) });
  });
  return { from: peer.path, profile: peer.profile, reaches, atHome: peer.subnets.map(formatCidr) };
}
