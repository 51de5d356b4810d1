/** What `wgctl probe` said of one device, parsed. Texts are canonical: the same state gives the same value. */
export interface LiveDevice {
  /** SHA-256 of the installed helper, hex; undefined when there is none. */
  readonly helper?: string;
  /** Revision that the base Command installed the helper with; undefined when there is none. */
  readonly helperRevision?: string;
  /** Seconds since 1970 as the device believes. */
  readonly clockSeconds: number;
  /** The interface that leads back to who asked; undefined when that can't be told. */
  readonly way?: string;
  /** How boot is hooked: `systemd`, `initd`, `procd`, `cron`; and whether our unit is in place. Idle: it is, but no cron runs. */
  readonly boot: { readonly kind: string; readonly state: "ok" | "missing" | "changed" | "masked" | "idle" };
  /** Whether the directories of the helper are closed to everybody but root, or one is a symbolic link; undefined when there are none. */
  readonly directory?: "closed" | "open" | "link";
  /** `family table chain hook rules` of base chains, and how many rules that may drop what our policy lets pass came after the installation. */
  readonly others: readonly string[];
  /** Tools and implementations that are there: wg, ip, nft, kernel, wireguard-go, boringtun, … */
  readonly tools: ReadonlySet<string>;
  readonly interfaces: ReadonlyMap<string, LiveInterface>;
}

export interface LiveInterface {
  readonly name: string;
  /** What the helper keeps on disk of this interface; undefined when it has never applied it. */
  readonly record?: LiveRecord;
  /** Undefined when no link of that name exists. */
  readonly link?: LiveLink;
  /**
   * In what the link left the document that was confirmed last, by the helper's word: `port`, `peer <public key>`. Tells
   * drift from a change of the intent while the plan is ahead of the device.
   */
  readonly unlike?: ReadonlySet<string>;
  /** Own nft table against the baseline that the confirmed apply recorded. */
  readonly policy: LivePolicy;
  /** Per-interface settings the helper owns: `net.ipv4.conf.wg0.forwarding` to `1`. */
  readonly sysctls: ReadonlyMap<string, { readonly want: string; readonly have: string }>;
}

export interface LiveRecord {
  /** Counts every change of live state that the helper made to this interface. */
  readonly generation: number;
  /** Last confirmed revision; empty when none. */
  readonly revision: string;
  /** Keyed digest of the document that revision applied. */
  readonly digest: string;
  readonly owner: string;
  readonly identity: string;
  /** A transaction waits for its confirmation. */
  readonly pending?: { readonly revision: string; readonly digest: string };
  /** SHA-256 of salt and stored document, hex; undefined when there is no confirmed one. */
  readonly documentMac?: string;
}

export interface LiveLink {
  /** `wireguard` (kernel), `tun`, or whatever else wears the name. */
  readonly kind: string;
  readonly implementation: string;
  /** False when the daemon does not answer within the time-out. */
  readonly answers: boolean;
  readonly up: boolean;
  readonly mtu: number;
  /** Owner whose mark the link carries; empty when it carries none: then somebody else made it. */
  readonly mark: string;
  readonly publicKey: string;
  readonly port: number;
  readonly fwmark: number;
  /** `10.66.0.1/24`, `10.66.0.1/32 peer 10.66.0.99/32`, `10.66.0.1/24 temporary`, `10.66.0.1/24 scope host`, `10.66.0.1/24 broadcast 10.66.0.2`; sorted, link-local left out. */
  readonly addresses: readonly string[];
  /** Those IPv4 addresses to whose network the kernel has its own route, without which no answer finds its way. */
  readonly connected: readonly string[];
  /** Whether there are as many such routes of IPv6 as addresses: the kernel does not say to which address one belongs. */
  readonly connected6: boolean;
  /**
   * Routes that carry our protocol number and point at this link, sorted: `192.168.50.0/24`, and with what no planned one
   * has: `192.168.50.0/24 metric 50`, `192.168.50.0/24 tos 0x10`.
   */
  readonly routes: readonly string[];
  readonly peers: ReadonlyMap<string, LivePeer>;
}

export interface LivePeer {
  readonly publicKey: string;
  /** SHA-256 of salt and key, hex; undefined when the peer has none. */
  readonly presharedKeyMac?: string;
  readonly keepaliveSeconds: number;
  readonly allowedIps: readonly string[];
}

export type LivePolicy =
  | { readonly state: "same" }
  | { readonly state: "missing" }
  | { readonly state: "none" }
  | { readonly state: "changed"; readonly want: readonly string[]; readonly have: readonly string[] };

/** One gap between plan and device, named by property. */
export interface Difference {
  /** For example `peers.laptop.allowedIps`. */
  readonly property: string;
  readonly want: string;
  readonly have: string;
  readonly severity: "critical" | "wrong" | "foreign" | "informational";
}
