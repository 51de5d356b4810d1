import type { Problem } from "../domain/problem.ts";
import { sortProblems } from "../domain/problem.ts";
import type { Binding, Client, Domain, Interface, Server } from "../domain/types.ts";
import { aggregate, type Cidr, compareCidr, hostAddress, hostCapacity, toCidr } from "../net/cidr.ts";
import { allocate } from "./addressing.ts";
import { checkExpectations } from "./expectation.ts";
import { SERVER_HOST } from "./numbering.ts";
import { grantsOf, surroundings } from "./reach.ts";
import type { InterfacePlan, Lock, PeerPlan, PolicyGroup, ServerPlan } from "./types.ts";

export interface Compiled {
  /** Sorted by server; meaningful only when there is no problem. */
  readonly plans: readonly ServerPlan[];
  /** What the lock file should say now. */
  readonly lock: Lock;
  readonly problems: readonly Problem[];
}

/** From intent to what each server should be. Holds no secret, touches no key, and depends on names, never on order. */
export function compile(domain: Domain, lock: Lock): Compiled {
  const { hosts, lock: next, problems: conflicts } = allocate(domain, lock);
  const plans = [...domain.servers].sort(byName).map((server) => ({
    server: server.name,
    address: server.address,
    endpoint: server.endpoint,
    interfaces: [...server.interfaces].sort(byName).map((wg) => planInterface(domain, server, wg, hosts)),
  }));
  const problems = sortProblems([...conflicts, ...checkExpectations(domain, plans)]);
  return conflicts.length > 0 ? { plans: [], lock, problems } : { plans, lock: next, problems };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function planInterface(
  domain: Domain,
  server: Server,
  wg: Interface,
  hosts: ReadonlyMap<string, number>,
): InterfacePlan {
  const path = `${server.name}/${wg.name}`;
  // A network too small for even the server is the loader's to refuse; it must not become a crash here.
  const addresses = wg.networks.filter((cidr) => hostCapacity(cidr) > 0).map((cidr) => hostAddress(cidr, SERVER_HOST));
  const bindings = domain.bindings.filter((b) => b.server === server.name && b.interface === wg.name);
  const subnets = new Map(domain.subnets.map(({ name, cidrs }) => [name, cidrs]));
  // A client without a number was reported, and is in no plan that anybody sees.
  const seated = (client: Client): boolean => hosts.has(`${path}/${client.name}`);
  const peers = bindings.flatMap((b) =>
    b.clients.filter(seated).map((client) => planPeer(path, wg, b, client, subnets, hosts)),
  );
  return {
    path,
    server: server.name,
    name: wg.name,
    port: wg.port,
    networks: wg.networks,
    addresses,
    key: { path, epoch: wg.epoch },
    peers: peers.sort(byName),
    groups: policyGroups(domain, bindings, surroundings(domain, server, wg, addresses)),
    routes: aggregate(peers.flatMap((peer) => peer.subnets)),
  };
}

function policyGroups(
  domain: Domain,
  bindings: readonly Binding[],
  around: Parameters<typeof grantsOf>[1],
): PolicyGroup[] {
  const bound = new Set(bindings.map((binding) => binding.profile));
  return domain.profiles
    .filter((profile) => bound.has(profile.name))
    .sort(byName)
    .map((profile) => ({ profile: profile.name, grants: grantsOf(profile, around) }));
}

function planPeer(
  interfacePath: string,
  wg: Interface,
  binding: Binding,
  client: Client,
  subnets: ReadonlyMap<string, readonly Cidr[]>,
  hosts: ReadonlyMap<string, number>,
): PeerPlan {
  const path = `${interfacePath}/${client.name}`;
  const host = hosts.get(path);
  if (host === undefined) throw new Error(`${path} has no host number`);
  const addresses = wg.networks.map((cidr) => hostAddress(cidr, host));
  const sites = client.subnets.length === 0 ? [] : aggregate(client.subnets.flatMap((name) => subnets.get(name) ?? []));
  return {
    path,
    name: client.name,
    profile: binding.profile,
    key:
      client.publicKey === undefined
        ? { kind: "derived", name: { path, epoch: client.epoch } }
        : { kind: "given", publicKey: client.publicKey },
    presharedKey: { path, epoch: client.pskEpoch },
    host,
    addresses,
    subnets: sites,
    allowedIps: [...addresses.map(toCidr), ...sites].sort(compareCidr),
  };
}
