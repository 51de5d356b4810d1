import { type Problem, sortProblems } from "../domain/problem.ts";
import type { Binding, Client, Domain, Interface, Profile, Server } from "../domain/types.ts";
import { compareCidr, hostAddress, hostCapacity, toCidr } from "../net/cidr.ts";
import { aggregate } from "../net/cidr-set.ts";
import { allocate } from "./addressing.ts";
import { checkExpectations } from "./expectation.ts";
import { SERVER_HOST } from "./numbering.ts";
import { grantsOf, type Surroundings, surroundings, type World, worldOf } from "./reach.ts";
import type { InterfacePlan, Lock, PeerPlan, PolicyGroup, ServerPlan } from "./types.ts";
import { unnumbered } from "./unnumbered.ts";

export interface Compiled {
  /** Sorted by server; meaningful only when there is no problem. */
  readonly plans: readonly ServerPlan[];
  /** What the lock file should say now. */
  readonly lock: Lock;
  readonly problems: readonly Problem[];
}

/** What every interface is planned from. */
interface Context {
  readonly world: World;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Interface path to its bindings. */
  readonly bindings: ReadonlyMap<string, readonly Binding[]>;
  /** Client path to host number. */
  readonly hosts: ReadonlyMap<string, number>;
}

/** From intent to what each server should be, in the order of the domain. Holds no secret and touches no key. */
export function compile(domain: Domain, lock: Lock): Compiled {
  const { hosts, lock: next, problems: conflicts } = allocate(domain, lock);
  const context: Context = {
    world: worldOf(domain),
    profiles: new Map(domain.profiles.map((profile) => [profile.name, profile])),
    bindings: Map.groupBy(domain.bindings, (binding) => `${binding.server}/${binding.interface}`),
    hosts,
  };
  const plans = domain.servers.map((server) => ({
    server: server.name,
    address: server.address,
    endpoint: server.endpoint,
    interfaces: server.interfaces.map((wg) => planInterface(context, server, wg)),
  }));
  const judged = conflicts.length > 0 ? unnumbered(domain) : domain;
  const problems = sortProblems([...conflicts, ...checkExpectations(judged, plans)]);
  return conflicts.length > 0 ? { plans: [], lock, problems } : { plans, lock: next, problems };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function planInterface(context: Context, server: Server, wg: Interface): InterfacePlan {
  const { world, hosts } = context;
  const path = `${server.name}/${wg.name}`;
  // A network too small for even the server is the loader's to refuse; it must not become a crash here.
  const addresses = wg.networks.filter((cidr) => hostCapacity(cidr) > 0).map((cidr) => hostAddress(cidr, SERVER_HOST));
  const bindings = context.bindings.get(path) ?? [];
  // A client without a number was reported, and is in no plan that anybody sees.
  const seated = (client: Client): boolean => hosts.has(`${path}/${client.name}`);
  const peers = bindings.flatMap((b) =>
    b.clients.filter(seated).map((client) => planPeer(context, path, wg, b, client)),
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
    groups: policyGroups(context, bindings, surroundings(world, server, wg, addresses)),
    routes: aggregate(peers.flatMap((peer) => peer.subnets)),
  };
}

function policyGroups({ profiles }: Context, bindings: readonly Binding[], around: Surroundings): PolicyGroup[] {
  const bound = [...new Set(bindings.map((binding) => binding.profile))];
  return bound
    .flatMap((name) => profiles.get(name) ?? [])
    .sort(byName)
    .map((profile) => ({ profile: profile.name, grants: grantsOf(profile, around) }));
}

function planPeer(
  { world, hosts }: Context,
  interfacePath: string,
  wg: Interface,
  binding: Binding,
  client: Client,
): PeerPlan {
  const path = `${interfacePath}/${client.name}`;
  const host = hosts.get(path);
  if (host === undefined) throw new Error(`${path} has no host number`);
  const addresses = wg.networks.map((cidr) => hostAddress(cidr, host));
  const sites =
    client.subnets.length === 0 ? [] : aggregate(client.subnets.flatMap((name) => world.subnets.get(name) ?? []));
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
