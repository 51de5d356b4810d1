import type { Address } from "../net/address.ts";
import type { Cidr } from "../net/cidr.ts";
import type { PublicKey } from "../net/key.ts";
import type { PortRange } from "../net/port.ts";

/** 1-based place in the intent file. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A place as a problem names it. */
export interface Spot extends Position {
  /** Where in the document, for example `bindings[0].clients.laptop.address`. */
  readonly path: string;
}

/** The intent, parsed and clean. Every list is sorted by name; identity is a path such as `router/wg0/laptop`. */
export interface Domain {
  readonly servers: readonly Server[];
  readonly subnets: readonly Subnet[];
  readonly profiles: readonly Profile[];
  readonly bindings: readonly Binding[];
  readonly expectations: readonly Expectation[];
}

export interface Server {
  readonly name: string;
  /** Stable identity; automation dials this. */
  readonly address: Address;
  /** What clients dial: a DNS name or an address as text; the server's own address when the file names none. */
  readonly endpoint: string;
  readonly interfaces: readonly Interface[];
}

export interface Interface {
  readonly name: string;
  readonly port: number;
  /** One IPv4 network, one IPv6 network, or one of each; IPv4 first. */
  readonly networks: readonly Cidr[];
  /** Rotates the interface's own key. Starts at 1. */
  readonly epoch: number;
}

export interface Subnet {
  readonly name: string;
  readonly cidrs: readonly Cidr[];
}

export interface Profile {
  readonly name: string;
  readonly reach: readonly Reach[];
}

/** One line of a profile. `ports` empty means every protocol and port. */
export interface Reach {
  readonly target: ReachTarget;
  readonly ports: readonly PortRange[];
  readonly position: Position;
}

export type ReachTarget =
  | { readonly kind: "self" }
  | { readonly kind: "peers" }
  | { readonly kind: "internet" }
  | { readonly kind: "subnet"; readonly name: string };

/** One profile made valid on one interface, for these clients. A profile is bound at most once per interface. */
export interface Binding {
  readonly profile: string;
  readonly server: string;
  readonly interface: string;
  readonly clients: readonly Client[];
  readonly position: Position;
}

export interface Client {
  readonly name: string;
  /** Given when the client brought its own key. */
  readonly publicKey?: PublicKey;
  /** Rotates the client's key. Starts at 1. */
  readonly epoch: number;
  /** Rotates the pre-shared key of this client and its server. Starts at 1. */
  readonly pskEpoch: number;
  /** Names of subnets behind this client. */
  readonly subnets: readonly string[];
  /** A host address that the file pins; otherwise the lock or the allocator decides. */
  readonly address?: Address;
  readonly position: Spot;
  /** Given with `address`. */
  readonly addressPosition?: Spot;
}

/** A policy test. Without `port` it speaks of every protocol and port. */
export interface Expectation {
  readonly from: string;
  readonly to: ExpectedTarget;
  readonly port?: PortRange;
  readonly verdict: "allow" | "deny";
  readonly position: Spot;
}

export type ExpectedTarget =
  | { readonly kind: "address"; readonly address: Address }
  /** The server's own tunnel addresses. */
  | { readonly kind: "self" }
  | { readonly kind: "client"; readonly path: string };
