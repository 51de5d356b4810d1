import { formatAddress } from "../net/address.ts";
import { compareCidr } from "../net/cidr.ts";
import { comparePortRange } from "../net/port.ts";
import type { BindingFact, ClientFact, Facts, InterfaceFact, ReachDraft, ServerFact } from "./facts.ts";
import { formatPath, type Path, type Report } from "./place.ts";
import type { Binding, Client, Domain, Expectation, Interface, Reach, ReachTarget, Server, Spot } from "./types.ts";

/** Facts without problems to the domain: complete, sorted, with positions where a later step may have to complain. */
export function buildDomain(facts: Facts, report: Report): Domain {
  const interfaces = Map.groupBy(facts.interfaces.values(), ({ server }) => server);
  return {
    servers: sortBy(facts.servers, byName).map((server) => buildServer(server, interfaces.get(server.name) ?? [])),
    subnets: sortBy([...facts.subnets], ([name]) => name).map(([name, located]) => ({
      name,
      cidrs: located.map(({ cidr }) => cidr).sort(compareCidr),
    })),
    profiles: sortBy([...facts.profiles], ([name]) => name).map(([name, lines]) => ({
      name,
      reach: lines.map(({ reach, path }) => buildReach(reach, path, report)),
    })),
    bindings: sortBy(facts.bindings, ({ draft }) => `${draft.interface} ${draft.profile}`).map((fact) =>
      buildBinding(fact, report),
    ),
    expectations: facts.expectations.map(
      ({ draft: { from, to, port, verdict }, path }): Expectation => ({
        from: given(from, path),
        to: given(to, path),
        verdict: given(verdict, path),
        position: spot(path, "value", report),
        ...(port && { port }),
      }),
    ),
  };
}

function byName({ name }: { readonly name: string }): string {
  return name;
}

/** By code units: the same order on every machine, whatever its locale. */
function sortBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** The shape has been checked, so a missing value is a bug of this program. */
function given<T>(value: T | undefined, path: Path): T {
  if (value === undefined) throw new Error(`incomplete at ${path.join(".")}`);
  return value;
}

function buildServer({ name, draft, path }: ServerFact, interfaces: readonly InterfaceFact[]): Server {
  const address = given(draft.address, path);
  const endpoint = draft.endpoint ?? formatAddress(address);
  return { name, address, endpoint, interfaces: sortBy(interfaces, ({ id }) => id).map(buildInterface) };
}

function buildInterface({ id, draft, networks, path }: InterfaceFact): Interface {
  return {
    name: id.slice(id.indexOf("/") + 1),
    port: given(draft.port, path),
    networks: networks.map(({ cidr }) => cidr).sort(compareCidr),
    epoch: draft.epoch ?? 1,
  };
}

function buildReach(reach: ReachDraft, path: Path, report: Report): Reach {
  const position = report.position(path);
  if (typeof reach === "string") return { target: targetOf(reach), ports: [], position };
  const ports = (reach.ports ?? []).map((range) => given(range, path)).sort(comparePortRange);
  return { target: targetOf(given(reach.to, path)), ports, position };
}

function targetOf(name: string): ReachTarget {
  return name === "self" || name === "peers" || name === "internet" ? { kind: name } : { kind: "subnet", name };
}

function buildBinding({ draft, clients, path }: BindingFact, report: Report): Binding {
  const [server, own] = given(draft.interface, path).split("/");
  return {
    profile: given(draft.profile, path),
    server: given(server, path),
    interface: given(own, path),
    clients: sortBy(clients, byName).map((client) => buildClient(client, report)),
    position: report.position([...path, "profile"]),
  };
}

function buildClient({ name, draft, path }: ClientFact, report: Report): Client {
  return {
    name,
    ...(draft.publicKey && { publicKey: draft.publicKey }),
    epoch: draft.epoch ?? 1,
    pskEpoch: draft.pskEpoch ?? 1,
    subnets: (draft.subnets ?? []).map((subnet) => given(subnet, path)).sort(),
    ...(draft.address && {
      address: draft.address,
      addressPosition: spot([...path, "address"], "value", report),
    }),
    position: spot(path, "key", report),
  };
}

function spot(path: Path, part: "key" | "value", report: Report): Spot {
  return { path: formatPath(path), ...report.position(path, part) };
}
