import type { Link, Node, Segment } from "./topology.ts";

// Text only: what a node's network consists of, for whatever backend feeds it to `ip` and a shell.

/** The switch's end of a link. Short enough for an interface name, unique in a lab. */
export function portOf(link: Link): string {
  return `${link.segment}-${octets(link)[3]}`;
}

/** Stays the same over a reboot, so that neighbours need not learn it anew. */
export function macOf(link: Link): string {
  return ["02", "77", ...octets(link).map((octet) => octet.toString(16).padStart(2, "0"))].join(":");
}

function octets(link: Link): readonly number[] {
  return (link.addresses[0] ?? "").replace(/\/.*/, "").split(".").map(Number);
}

/** `ip -batch` lines that make the switch. */
export function switchBatch(segments: readonly Segment[]): string {
  const lines = segments.flatMap((segment) => [
    `link add ${segment} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    `link set ${segment} up`,
  ]);
  return `${lines.join("\n")}\n`;
}

/** `ip -batch` lines, for the switch, that lay a node's cables. */
export function cableBatch(node: Node, namespace: string): string {
  const lines = node.links.flatMap((link) => [
    `link add ${portOf(link)} type veth peer name ${link.interface} address ${macOf(link)} netns ${namespace}`,
    `link set ${portOf(link)} master ${link.segment} up`,
  ]);
  return `${lines.join("\n")}\n`;
}

/** A shell script, for inside the node's network, that gives it its addresses, routes, switches and rules. */
export function networkScript(node: Node): string {
  const forwarding = node.forwarding === "on" ? 1 : 0;
  const sysctls = [
    "net/ipv6/conf/all/disable_ipv6 0",
    "net/ipv6/conf/default/disable_ipv6 0",
    // Addresses are ours to choose; waiting for duplicates would cost a second each.
    "net/ipv6/conf/all/accept_dad 0",
    "net/ipv6/conf/default/accept_dad 0",
    "net/ipv6/conf/all/accept_ra 0",
    "net/ipv6/conf/default/accept_ra 0",
    // A new namespace may inherit the machine's values.
    "net/ipv4/conf/all/rp_filter 0",
    "net/ipv4/conf/default/rp_filter 0",
    `net/ipv4/ip_forward ${forwarding}`,
    `net/ipv6/conf/all/forwarding ${forwarding}`,
  ];
  const links = node.links.flatMap((link) => [
    `echo 0 > /proc/sys/net/ipv4/conf/${link.interface}/rp_filter`,
    `echo 0 > /proc/sys/net/ipv6/conf/${link.interface}/accept_dad`,
  ]);
  return [
    "set -eu",
    ...sysctls.map((sysctl) => sysctl.split(" ")).map(([key, value]) => `echo ${value} > /proc/sys/${key}`),
    ...links,
    "ip -batch - <<'END'",
    "link set lo up",
    ...(node.loopback ?? []).map((address) => `address add ${address} dev lo`),
    ...node.links.flatMap((link) => [
      ...link.addresses.map((address) => `address add ${address} dev ${link.interface}`),
      `link set ${link.interface} up`,
    ]),
    ...node.gateways.map((gateway) => `route add ${gateway.includes(":") ? "::/0" : "0.0.0.0/0"} via ${gateway}`),
    "END",
    ...(node.ruleset ? ["nft -f - <<'END'", node.ruleset, "END"] : []),
    "",
  ].join("\n");
}
