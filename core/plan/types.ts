import type { Address } from "../net/address.ts";
import type { Cidr } from "../net/cidr.ts";
import type { PublicKey } from "../net/key.ts";
import type { PortRange } from "../net/port.ts";

/** Names a derived secret; the plan holds names, never keys. `path` is for example `router/wg0/laptop`. */
export interface KeyName {
  readonly path: string;
  readonly epoch: number;
}

export type PeerKey =
  | { readonly kind: "derived"; readonly name: KeyName }
  | { readonly kind: "given"; readonly publicKey: PublicKey };

/** What one server should be. Secret-free, sorted by name; the same intent gives the same bytes. */
export interface ServerPlan {
  readonly server: string;
  readonly address: Address;
  /** Host part of what clients dial: a DNS name, or an address in its canonical text. */
  readonly endpoint: string;
  readonly interfaces: readonly InterfacePlan[];
}

export interface InterfacePlan {
  /** `router/wg0` */
  readonly path: string;
  readonly server: string;
  readonly name: string;
  readonly port: number;
  /** IPv4 first. */
  readonly networks: readonly Cidr[];
  /** The server's own tunnel addresses, one per network, in the same order. */
  readonly addresses: readonly Address[];
  readonly key: KeyName;
  readonly peers: readonly PeerPlan[];
  /** One group per profile bound here: the reach table. */
  readonly groups: readonly PolicyGroup[];
  /** Subnets behind clients, routed into this interface. */
  readonly routes: readonly Cidr[];
}

export interface PeerPlan {
  /** `router/wg0/laptop` */
  readonly path: string;
  readonly name: string;
  readonly profile: string;
  readonly key: PeerKey;
  readonly presharedKey: KeyName;
  /** Host number within each network. */
  readonly host: number;
  readonly addresses: readonly Address[];
  /** Networks behind this client. */
  readonly subnets: readonly Cidr[];
  /** Server side, crypto-routing: host addresses and subnets, sorted. */
  readonly allowedIps: readonly Cidr[];
}

export interface PolicyGroup {
  readonly profile: string;
  readonly grants: readonly Grant[];
}

/** One line of the reach table, one per target of a profile. `ports` empty means every protocol and port. */
export interface Grant {
  /** Where it comes from, for example `profiles.media.reach.lan`: a name and no number, so that order means nothing. */
  readonly origin: string;
  readonly target: "self" | "peers" | "internet" | "subnet";
  /** The name as written: `lan`, `self`, … */
  readonly name: string;
  /**
   * Sorted, none covered by another. Never what another tunnel routes. `internet` never covers an address of the
   * server itself; `peers` holds the networks whole, and the server's own addresses in them stay closed.
   */
  readonly destinations: readonly Cidr[];
  /** What a subnet names and another tunnel routes, the wide ones first: no destination, and told to who asks why. */
  readonly withheld: readonly Withheld[];
  readonly ports: readonly PortRange[];
}

/** A part of a subnet that stays closed, because it is the network of another tunnel or a site behind one of its clients. */
export interface Withheld {
  readonly cidr: Cidr;
  /** `nas/wg1` for its network, `nas/wg1/home` for a site behind that client. */
  readonly holder: string;
  readonly kind: "network" | "site";
}

export type Implementation = "kernel" | "wireguard-go" | "boringtun";

/** How one interface is run; comes from stack config, never from the intent file. */
export interface Execution {
  readonly implementation: Implementation;
  /** Bytes. */
  readonly mtu: number;
  /** Seconds between keepalives that a *client* sends; 0 is off. */
  readonly keepaliveSeconds: number;
  readonly presharedKeys: "on" | "off";
  /** Source NAT towards this device interface; none when undefined. */
  readonly natInterface?: string;
  readonly clientDns: readonly Address[];
  /** Seconds an unconfirmed change may live before the device rolls it back. */
  readonly confirmSeconds: number;
}

/** Which host number each client has, by path; what `domain.lock.yaml` holds. */
export interface Lock {
  readonly hosts: ReadonlyMap<string, number>;
  /**
   * Numbers that clients had last, before they went or were given another by `address`: theirs again if they return,
   * others' only when nothing else is free.
   */
  readonly released: ReadonlyMap<string, number>;
}
