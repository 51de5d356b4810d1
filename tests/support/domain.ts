import type { Client, Domain, Expectation, ReachTarget } from "../../core/domain/types.ts";
import { type Address, parseAddress } from "../../core/net/address.ts";
import { type Cidr, parseCidr } from "../../core/net/cidr.ts";
import { parsePublicKey } from "../../core/net/key.ts";
import { type PortRange, parsePortRange } from "../../core/net/port.ts";

/** A domain in a few lines, without a file: tests of what comes after loading should not depend on loading. */
export interface Sketch {
  readonly servers: Readonly<
    Record<string, { address: string; endpoint?: string; interfaces: Record<string, readonly string[]> }>
  >;
  readonly subnets?: Readonly<Record<string, readonly string[]>>;
  /** `lan`, or `lan tcp/443 icmp` */
  readonly profiles?: Readonly<Record<string, readonly string[]>>;
  /** `admin router/wg0` to clients */
  readonly bindings?: Readonly<Record<string, Readonly<Record<string, ClientSketch>>>>;
  /** `router/wg0/laptop > 192.168.1.10 tcp/22 allow`; the target may be `self` or a client path */
  readonly expect?: readonly string[];
}

export interface ClientSketch {
  readonly address?: string;
  readonly epoch?: number;
  readonly pskEpoch?: number;
  readonly publicKey?: string;
  readonly subnets?: readonly string[];
}

const nowhere = { line: 1, column: 1 };

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new TypeError(`${what} can't be read`);
  return value;
}

export const address = (text: string): Address => must(parseAddress(text), text);
export const cidr = (text: string): Cidr => must(parseCidr(text).cidr, text);
export const port = (text: string): PortRange => must(parsePortRange(text), text);

export function domainOf(sketch: Sketch): Domain {
  return {
    servers: byName(sketch.servers).map(([name, server], s) => ({
      name,
      address: address(server.address),
      endpoint: server.endpoint ?? server.address,
      interfaces: byName(server.interfaces).map(([wg, networks], i) => ({
        name: wg,
        port: 51820 + 100 * s + i,
        networks: networks.map(cidr),
        epoch: 1,
      })),
    })),
    subnets: byName(sketch.subnets).map(([name, cidrs]) => ({ name, cidrs: cidrs.map(cidr) })),
    profiles: byName(sketch.profiles).map(([name, reach]) => ({ name, reach: reach.map(reachOf) })),
    bindings: byName(sketch.bindings).map(([where, clients], line) => {
      const [profile = "", path = ""] = where.split(" ");
      const [server = "", wg = ""] = path.split("/");
      const position = { line: line + 1, column: 1 };
      return {
        profile,
        server,
        interface: wg,
        position,
        clients: byName(clients).map((entry, i) => clientOf(entry, i, line)),
      };
    }),
    expectations: (sketch.expect ?? []).map(expectationOf),
  };
}

/** In the order that a domain has. */
function byName<T>(record: Readonly<Record<string, T>> = {}): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function reachOf(text: string): Domain["profiles"][number]["reach"][number] {
  const [name = "", ...ports] = text.split(" ");
  const target: ReachTarget =
    name === "self" || name === "peers" || name === "internet" ? { kind: name } : { kind: "subnet", name };
  return { target, ports: ports.map(port), position: nowhere };
}

function clientOf([name, client]: [string, ClientSketch], i: number, binding: number): Client {
  const path = `bindings[${binding}].clients.${name}`;
  return {
    name,
    epoch: client.epoch ?? 1,
    pskEpoch: client.pskEpoch ?? 1,
    subnets: client.subnets ?? [],
    position: { path, line: 100 + i, column: 7 },
    ...(client.address === undefined
      ? {}
      : {
          address: address(client.address),
          addressPosition: { path: `${path}.address`, line: 100 + i, column: 20 },
        }),
    ...(client.publicKey === undefined ? {} : { publicKey: must(parsePublicKey(client.publicKey).key, "key") }),
  };
}

function expectationOf(text: string, i: number): Expectation {
  const [from = "", , to = "", ...rest] = text.split(" ");
  const verdict = rest.at(-1) === "allow" ? "allow" : "deny";
  const target: Expectation["to"] =
    to === "self"
      ? { kind: "self" }
      : to.includes("/")
        ? { kind: "client", path: to }
        : { kind: "address", address: address(to) };
  const ports = rest.length > 1 ? { port: port(rest[0] ?? "") } : {};
  return { from, to: target, verdict, position: { path: `expect[${i}]`, line: 200 + i, column: 5 }, ...ports };
}
