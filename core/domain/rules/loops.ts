import { formatAddress } from "../../net/address.ts";
import { formatCidr, toCidr } from "../../net/cidr.ts";
import type { BindingFact, Facts, Located, ServerFact } from "../facts.ts";
import type { Report } from "../place.ts";
import { dialledAddresses, endpointOf } from "./dialled.ts";
import { overlapsBetween } from "./overlaps.ts";

/** Packets to a server must never be routed into a tunnel of that server: they would go round until they die. */
export function checkLoops(facts: Facts, report: Report): void {
  checkTunnels(facts, report);
  const servers = new Map(facts.servers.map((server) => [server.name, server]));
  for (const [profile, bindings] of Map.groupBy(facts.bindings, ({ draft }) => draft.profile ?? "")) {
    checkBindings(reachedBy(profile, facts), bindings, { servers, interfaces: facts.interfaces }, report);
  }
}

function checkTunnels(facts: Facts, report: Report): void {
  const tunnels = [...facts.interfaces.values()].flatMap(({ networks, server }) =>
    networks.map((network) => ({ ...network, server })),
  );
  const hosts = [...dialledAddresses(facts)].flatMap(([server, dialled]) =>
    dialled.map((use) => ({ ...use, server, cidr: toCidr(use.address) })),
  );
  for (const [around, { server, use, address, path }] of overlapsBetween(tunnels, hosts)) {
    const message = `the ${use} ${formatAddress(address)} is inside the tunnel network ${formatCidr(around.cidr)} of ${around.owner}`;
    const hint = around.server === server ? "a server is dialled from outside its tunnels" : APART;
    report.add({ code: "address-in-tunnel", path, message, hint });
  }
}

/** No loop, but a change of the one may cut the way to the other while that one changes too; and the number is a client's. */
const APART =
  "name one outside every tunnel: the way to a server must not hang on another server, which the same up changes";

interface Dialling {
  readonly servers: ReadonlyMap<string, ServerFact>;
  readonly interfaces: Facts["interfaces"];
}

/** Judged per binding, because it depends on what a client routes and what it dials; without a client nobody does. */
function checkBindings(
  reached: readonly Located[],
  bindings: readonly BindingFact[],
  { servers, interfaces }: Dialling,
  report: Report,
): void {
  const dialled = bindings.flatMap(({ draft, path }) => {
    const server = servers.get(draft.interface?.split("/")[0] ?? "");
    const endpoint = server && endpointOf(server, report);
    // What is of no family of the tunnel is never routed into it.
    const tunnel = interfaces.get(draft.interface ?? "")?.networks ?? [];
    const isCarried = tunnel.some(({ cidr }) => cidr.family === endpoint?.family);
    const hasClients = report.names([...path, "clients"])?.size !== 0;
    return endpoint === undefined || !isCarried || !hasClients
      ? []
      : [{ cidr: toCidr(endpoint), endpoint, path: [...path, "profile"] }];
  });
  for (const [around, { endpoint, path }] of overlapsBetween(reached, dialled)) {
    const message = `clients would send packets for their endpoint ${formatAddress(endpoint)} into the tunnel: the profile reaches ${formatCidr(around.cidr)} (${around.owner})`;
    const hint = "give the server an endpoint outside it, or a profile that does not reach it";
    report.add({ code: "endpoint-in-route", path, message, hint });
  }
}

/** What a client of this profile routes; nothing that matters with `internet`, when clients pin the way to the endpoint. */
function reachedBy(profile: string, facts: Facts): readonly Located[] {
  const lines = facts.profiles.get(profile) ?? [];
  const targets = new Set(lines.map(({ reach }) => (typeof reach === "string" ? reach : reach.to)));
  if (targets.has("internet")) return [];
  return [...targets].flatMap((target) => facts.subnets.get(target ?? "") ?? []);
}
