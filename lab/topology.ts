/** The lab's network as plain data: who is there, on which wire, with which addresses. How it comes to life is a backend's matter. */

export type Segment = "lan" | "cameras" | "wan";

/**
 * What a device, with its own files and processes, resembles. `debian`: the machine's programs, cron and OpenSSH.
 * `openwrt`: busybox alone, its crond, dropbear, /var in memory.
 */
export type DeviceKind = "debian" | "openwrt";

/** `host`: a network of its own and nothing else. */
export type Kind = "host" | DeviceKind;

/** By name, those devices that are not `debian`. */
export type Kinds = Readonly<Record<string, DeviceKind>>;

export interface Link {
  readonly segment: Segment;
  readonly interface: string;
  /** With prefix length, the IPv4 one first. */
  readonly addresses: readonly string[];
}

export interface Node {
  readonly name: string;
  readonly kind: Kind;
  readonly links: readonly Link[];
  /** Extra addresses on the loopback interface, with prefix length. */
  readonly loopback?: readonly string[];
  /** Default routes go through these, one per family. */
  readonly gateways: readonly string[];
  readonly forwarding: "on" | "off";
  /** nft text that is there before wirewright comes, and that wirewright must never touch. */
  readonly ruleset?: string;
}

export interface Wire {
  /** Where a client on this wire sends what is not local. */
  readonly gateways: readonly string[];
  /** What a client on this wire gets for the names in its `/etc/hosts`. */
  readonly names: Readonly<Record<string, string>>;
  /** Host numbers for clients that are added on demand. */
  readonly clients: { readonly first: number; readonly last: number };
}

/** The addresses of host number `host`; the IPv6 one is written with the same digits. */
export function addressesOn(segment: Segment, host: number): readonly string[] {
  const [v4, v6] = {
    lan: ["192.168.1", "fd00:1"],
    cameras: ["192.168.7", "fd00:7"],
    wan: ["198.51.100", "2001:db8:100"],
  }[segment] as [string, string];
  return [`${v4}.${host}/24`, `${v6}::${host}/64`];
}

const link = (segment: Segment, name: string, host: number): Link => ({
  segment,
  interface: name,
  addresses: addressesOn(segment, host),
});

const devices = { router: "192.168.1.1", nas: "192.168.1.2" };
const others = { lanhost: "192.168.1.10", camera: "192.168.7.10", operator: "192.168.1.100", internet: "1.1.1.1" };
const behindRouter = ["192.168.1.1", "fd00:1::1"];
const throughInternet = ["198.51.100.2", "2001:db8:100::2"];

// What a home router does: hides its own networks behind its address and lets nobody in from outside.
// WireGuard's own networks are left out on purpose: reaching the internet through a tunnel must be wirewright's doing.
const homeRouter = `table inet home-router {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "wan0" ct state new drop
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "wan0" ip saddr { 192.168.1.0/24, 192.168.7.0/24 } masquerade
    oifname "wan0" ip6 saddr { fd00:1::/64, fd00:7::/64 } masquerade
  }
}
`;

const nodes: readonly Node[] = [
  {
    name: "router",
    kind: "debian",
    links: [link("lan", "lan0", 1), link("cameras", "cam0", 1), link("wan", "wan0", 1)],
    gateways: throughInternet,
    forwarding: "on",
    ruleset: homeRouter,
  },
  { name: "nas", kind: "debian", links: [link("lan", "eth0", 2)], gateways: behindRouter, forwarding: "off" },
  { name: "lanhost", kind: "host", links: [link("lan", "eth0", 10)], gateways: behindRouter, forwarding: "off" },
  {
    name: "camera",
    kind: "host",
    links: [link("cameras", "eth0", 10)],
    gateways: ["192.168.7.1", "fd00:7::1"],
    forwarding: "off",
  },
  {
    name: "internet",
    kind: "host",
    links: [link("wan", "eth0", 2)],
    loopback: ["1.1.1.1/32", "2606:4700:4700::1111/128"],
    gateways: [],
    forwarding: "on",
  },
  { name: "operator", kind: "host", links: [link("lan", "eth0", 100)], gateways: behindRouter, forwarding: "off" },
];

const wires: Readonly<Record<Segment, Wire>> = {
  lan: {
    gateways: behindRouter,
    names: { ...devices, ...others, "vpn.example.net": "192.168.1.1" },
    clients: { first: 150, last: 249 },
  },
  cameras: {
    gateways: ["192.168.7.1", "fd00:7::1"],
    names: { ...devices, ...others, "vpn.example.net": "192.168.1.1" },
    clients: { first: 150, last: 249 },
  },
  wan: {
    gateways: throughInternet,
    names: { internet: "1.1.1.1", "vpn.example.net": "198.51.100.1" },
    clients: { first: 50, last: 249 },
  },
};

export const topology = { nodes, wires } as const;

/** The `/etc/hosts` of a node: what it knows depends on the wire it hangs on. */
export function hostsFile(node: Node): string {
  const names = wires[node.links[0]?.segment ?? "lan"].names;
  const rows = Object.entries(names).map(([name, address]) => `${address} ${name}`);
  return [`127.0.0.1 localhost ${node.name}`, "::1 localhost", ...rows, ""].join("\n");
}
