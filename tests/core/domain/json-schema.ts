import { z } from "zod";
import { INTERFACE_NAME, NAME } from "../../../core/domain/names.ts";
import { domainSchema } from "../../../core/domain/schema.ts";

/** What people and editors are told about a field. */
export interface Field {
  readonly description: string;
  readonly examples?: readonly (string | number)[];
  /** Necessary, not sufficient: what an editor can check without parsing. */
  readonly pattern?: string;
}

const EPOCH = "Starts at 1; a higher number gives";

/** Every field by its path: `*` stands for a name, `[]` for an entry of a list. */
export const FIELDS: Readonly<Record<string, Field>> = {
  version: { description: "Version of this format." },
  servers: { description: "Machines that run WireGuard interfaces, by name." },
  "servers.*": { description: "One machine." },
  "servers.*.address": {
    description: "Stable identity of the server; automation dials this.",
    examples: ["192.168.1.1", "fd00:1::1"],
  },
  "servers.*.endpoint": {
    description: "What clients dial: a DNS name or an address, without port. The server's own address when left out.",
    examples: ["vpn.example.net", "198.51.100.1"],
  },
  "servers.*.interfaces": { description: "WireGuard interfaces of this server, by name (at most 15 bytes)." },
  "servers.*.interfaces.*": { description: "One interface: a tunnel network and its clients." },
  "servers.*.interfaces.*.port": {
    description: "UDP port the server listens on; one interface per port and server.",
    examples: [51820],
  },
  "servers.*.interfaces.*.network": { description: "The tunnel's own networks: one IPv4, one IPv6, or one of each." },
  "servers.*.interfaces.*.network[]": {
    description: "A network with its length; the server takes the first host.",
    examples: ["10.66.0.0/24", "fd00:66::/64"],
    pattern: "/[0-9]+$",
  },
  "servers.*.interfaces.*.epoch": { description: `${EPOCH} the interface a new key.` },
  subnets: { description: "Names for networks that profiles can reach; self, peers and internet are taken." },
  "subnets.*": { description: "The networks behind one name." },
  "subnets.*[]": { description: "A network with its length.", examples: ["192.168.1.0/24"], pattern: "/[0-9]+$" },
  profiles: { description: "What a kind of client may reach, by name." },
  "profiles.*": { description: "One kind of client." },
  "profiles.*.reach": { description: "What such a client may reach; everything else is denied." },
  "profiles.*.reach[]": {
    description: "A subnet, self, peers or internet: every protocol and port, or only those listed.",
    examples: ["lan", "internet"],
  },
  "profiles.*.reach[].to": {
    description: "A subnet, self, peers or internet.",
    examples: ["lan"],
    pattern: NAME.source,
  },
  "profiles.*.reach[].ports": { description: "Only these; every protocol and port when left out." },
  "profiles.*.reach[].ports[]": {
    description: "One protocol with its ports; icmp is both ICMP and ICMPv6.",
    examples: ["tcp/443", "udp/5000-5010", "icmp"],
    pattern: "^(icmp|(tcp|udp)/[0-9]+(-[0-9]+)?)$",
  },
  bindings: { description: "Which profile is valid on which interface, and for which clients." },
  "bindings[]": { description: "One profile made valid on one interface." },
  "bindings[].profile": { description: "Name of the profile.", examples: ["admin"], pattern: NAME.source },
  "bindings[].interface": { description: "SERVER/INTERFACE", examples: ["router/wg0"] },
  "bindings[].clients": { description: "The clients that get this profile here, by name." },
  "bindings[].clients.*": { description: "One client; {} when there is nothing special about it." },
  "bindings[].clients.*.publicKey": {
    description: "The public key of a client that made its own key pair. Its private key never comes here.",
    examples: ["hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="],
    pattern: "^[A-Za-z0-9+/]{43}=$",
  },
  "bindings[].clients.*.epoch": { description: `${EPOCH} the client a new key pair.` },
  "bindings[].clients.*.pskEpoch": { description: `${EPOCH} the client and its server a new pre-shared key.` },
  "bindings[].clients.*.subnets": { description: "Subnets behind this client: it is the gateway of a site." },
  "bindings[].clients.*.subnets[]": {
    description: "Name of a subnet.",
    examples: ["branch-lan"],
    pattern: NAME.source,
  },
  "bindings[].clients.*.address": {
    description: "Pins the client's address in a network of the interface; otherwise the lock file decides.",
    examples: ["10.66.0.20"],
  },
  expect: { description: "Policy tests: proven when the file is compiled, and with packets in the lab." },
  "expect[]": { description: "Who should reach what, or not; without port it speaks of all traffic." },
  "expect[].from": { description: "SERVER/INTERFACE/CLIENT", examples: ["router/wg0/laptop"] },
  "expect[].to": {
    description: "An address, self (the server's tunnel addresses) or SERVER/INTERFACE/CLIENT.",
    examples: ["192.168.1.10", "self", "router/wg0/phone"],
  },
  "expect[].port": { description: "One protocol with its ports.", examples: ["tcp/22", "icmp"] },
  "expect[].verdict": { description: "allow: all of it passes; deny: none of it does." },
};

/** The parts of a JSON Schema that hold other schemas. */
export interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly [keyword: string]: unknown;
}

/** JSON Schema for editors: what can be checked without parsing values. */
export function domainJsonSchema(): Node {
  const schema = z.toJSONSchema(domainSchema, { io: "input", reused: "inline" }) as unknown as Node;
  const description = "Servers, subnets, profiles and bindings of one WireGuard domain.";
  return { ...describe(schema, ""), title: "wirewright intent", description };
}

/** The same schema with what `FIELDS` says of each node. */
function describe(node: Node, path: string): Node {
  const below = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const { properties, additionalProperties: named, items, anyOf } = node;
  const children = Object.entries(properties ?? {}).map(([name, child]) => [name, describe(child, below(name))]);
  const names = { pattern: (path.endsWith("interfaces") ? INTERFACE_NAME : NAME).source };
  return {
    ...node,
    ...FIELDS[path],
    ...(properties && { properties: Object.fromEntries(children) }),
    ...(typeof named === "object" && { propertyNames: names, additionalProperties: describe(named, below("*")) }),
    ...(items && { items: describe(items, `${path}[]`) }),
    ...(anyOf && { anyOf: anyOf.map((option) => (option.properties ? describe(option, path) : option)) }),
  };
}
