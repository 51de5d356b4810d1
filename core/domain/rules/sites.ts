import { formatAddress } from "../../net/address.ts";
import { compareCidr, contains, covers, formatCidr, toCidr } from "../../net/cidr.ts";
import { overlapsIn } from "../../net/overlaps-in.ts";
import type { ClientFact, Facts, InterfaceFact, Located } from "../facts.ts";
import type { Path, Report } from "../place.ts";
import { clashesWithin } from "./clashes.ts";
import { dialledAddresses } from "./dialled.ts";
import { withLine } from "./duplicates.ts";

/** One subnet entry of one client, and the networks it stands for. */
interface Site {
  readonly client: ClientFact;
  /** Undefined when the binding does not say. */
  readonly server: string | undefined;
  readonly subnet: string;
  readonly path: Path;
  readonly networks: readonly Located[];
}

function sitesOf(facts: Facts): Site[] {
  return facts.clients.flatMap((client) =>
    (client.draft.subnets ?? []).flatMap((subnet, i) => {
      if (subnet === undefined) return [];
      const server = client.interfaceId?.split("/")[0];
      const networks = facts.subnets.get(subnet) ?? [];
      return [{ client, server, subnet, path: [...client.path, "subnets", i], networks }];
    }),
  );
}

/** Subnet name to the servers through whose tunnels it is reached, for subnets that are sites behind clients. */
export function serversBehind(facts: Facts): ReadonlyMap<string, ReadonlySet<string>> {
  const behind = new Map<string, Set<string>>();
  for (const { subnet, server } of sitesOf(facts)) {
    const servers = behind.get(subnet) ?? new Set();
    behind.set(subnet, server === undefined ? servers : servers.add(server));
  }
  return behind;
}

/**
 * A site is behind one client of a server, no server lies in a site that it reaches through its own tunnel, and no site in
 * the network that its server is in.
 */
export function checkSites(facts: Facts, report: Report): void {
  const sites = sitesOf(facts);
  checkOverlaps(sites, report);
  for (const site of sites) checkFamily(site, facts.interfaces.get(site.client.interfaceId ?? ""), report);
  checkServers(sites, facts, report);
}

/**
 * WireGuard gives an address to one peer of an interface, and a server has one route to a network. Another server may well
 * have a way of its own: two hubs, and a gateway in both.
 */
function checkOverlaps(sites: readonly Site[], report: Report): void {
  const networks = sites.flatMap((site) => site.networks.map(({ cidr }) => ({ cidr, site, path: site.path })));
  const reported = new Set<Path>();
  const isConflict = (one: Site, other: Site): boolean =>
    one.client !== other.client && one.server !== undefined && one.server === other.server;
  for (const [first, second] of clashesWithin(networks, (a, b) => isConflict(a.site, b.site), report)) {
    if (reported.has(second.path)) continue;
    reported.add(second.path);
    const owner = withLine(first.site.client.name, first.path, report);
    const message = `${formatCidr(second.cidr)} is behind ${owner} already (${formatCidr(first.cidr)})`;
    const hint = "a server has one way to a network, through one client";
    report.add({ code: "site-overlap", path: second.path, message, hint });
  }
}

function checkServers(sites: readonly Site[], facts: Facts, report: Report): void {
  const dialled = dialledAddresses(facts);
  const lans = lansOf(sites, facts);
  for (const { server = "", path, networks: own } of sites) {
    const lan = lans.get(server);
    const hosts = dialled.get(server) ?? [];
    // A site around an address of the server is refused for that.
    const apart = own.filter(({ cidr }) => !hosts.some(({ address }) => contains(cidr, address)));
    const inside = apart.find(
      ({ cidr }) => lan !== undefined && covers(lan.cidr, cidr) && cidr.length > lan.cidr.length,
    );
    if (lan !== undefined && inside !== undefined) {
      const where = `${formatCidr(lan.cidr)} of ${withLine(lan.owner, lan.path, report)}`;
      const message = `${formatCidr(inside.cidr)} is part of ${where}, which ${server} itself is in, and would be taken out of it`;
      const hint = `a site is elsewhere; when ${server} is in a smaller network than that, name it as a subnet, too`;
      report.add({ code: "site-in-lan", path, message, hint });
    }
    for (const { address } of hosts) {
      const around = own.find(({ cidr }) => contains(cidr, address));
      if (around === undefined) continue;
      const message = `${server} has the address ${formatAddress(address)} in ${formatCidr(around.cidr)}, which this would route into its tunnel`;
      report.add({ code: "address-in-site", path, message, hint: "a server can't be behind its own client" });
    }
  }
}

/** Name of a server with a site to the narrowest subnet around its address that is no site. */
function lansOf(sites: readonly Site[], facts: Facts): ReadonlyMap<string, Located> {
  const behind = new Set(sites.map(({ subnet }) => subnet));
  const concerned = new Set(sites.map(({ server }) => server));
  const grounds = [...facts.subnets].flatMap(([subnet, networks]) => (behind.has(subnet) ? [] : networks));
  const around = overlapsIn(grounds.sort((a, b) => compareCidr(a.cidr, b.cidr)));
  const found = facts.servers.flatMap(({ name, draft: { address } }) => {
    if (address === undefined || !concerned.has(name)) return [];
    const lans = around(toCidr(address));
    const lan = lans.find(({ cidr }) => cidr.length === lans.at(-1)?.cidr.length);
    return lan === undefined ? [] : [[name, lan] as const];
  });
  return new Map(found);
}

/** A tunnel without IPv6 addresses carries no IPv6 to a site, whatever its AllowedIPs say; nor the other way about. */
function checkFamily({ path, networks }: Site, tunnel: InterfaceFact | undefined, report: Report): void {
  // Where a network was refused, nobody knows which families there are.
  if (tunnel === undefined || tunnel.networks.length !== tunnel.draft.network?.length) return;
  const families = new Set(tunnel.networks.map(({ cidr }) => cidr.family));
  const foreign = networks.find(({ cidr }) => !families.has(cidr.family));
  if (foreign === undefined) return;
  const { cidr } = foreign;
  const message = `${formatCidr(cidr)} can't be behind a client of ${tunnel.id}, which has no IPv${cidr.family} network`;
  const hint = `give ${tunnel.id} an IPv${cidr.family} network, or leave this subnet out`;
  report.add({ code: "site-family", path, message, hint });
}
