import { formatSorted } from "../../core/live/parse/fields.ts";
import type { LiveDevice, LiveInterface, LiveLink, LivePeer, LiveRecord } from "../../core/live/types.ts";
import { hostAddress, toCidr } from "../../core/net/cidr.ts";
import { sha256Hex } from "../../core/net/hash.ts";
import { type KeyRing, keyRing } from "../../core/plan/keys.ts";
import type { Execution, InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import { cidr } from "./domain.ts";

export const salt = "0123456789abcdef0123456789abcdef";
export const keys: KeyRing = keyRing(Uint8Array.from({ length: 32 }, (_, i) => i * 7 + 1));
export const execution: Execution = {
  implementation: "wireguard-go",
  mtu: 1420,
  keepaliveSeconds: 25,
  presharedKeys: "on",
  clientDns: [],
  confirmSeconds: 90,
};

/** An interface with clients c0, c1, …; every third one has a site behind it. */
export function planOf(clients: number): InterfacePlan {
  const networks = [cidr("10.66.0.0/16"), cidr("fd00:66::/64")];
  const peers = Array.from({ length: clients }, (_, i): PeerPlan => {
    const addresses = networks.map((network) => hostAddress(network, i + 2));
    const subnets = i % 3 === 1 ? [cidr(`192.168.${i % 256}.0/24`)] : [];
    const name = { path: `router/wg0/c${i}`, epoch: 1 };
    return {
      path: name.path,
      name: `c${i}`,
      profile: "admin",
      key: { kind: "derived", name },
      presharedKey: name,
      host: i + 2,
      addresses,
      subnets,
      allowedIps: [...addresses.map(toCidr), ...subnets],
    };
  });
  return {
    path: "router/wg0",
    server: "router",
    name: "wg0",
    port: 51820,
    networks,
    addresses: networks.map((network) => hostAddress(network, 1)),
    key: { path: "router/wg0", epoch: 1 },
    peers,
    groups: [],
    routes: peers.flatMap((peer) => peer.subnets),
  };
}

/** What a device that follows the plan to the letter answers to a probe with this salt. */
export function liveOf(plan: InterfacePlan, how: Execution = execution, withSalt: string = salt): LiveInterface {
  return {
    name: plan.name,
    record: {
      generation: 3,
      revision: "00112233aabbccdd",
      digest: "d".repeat(64),
      owner: keys.owner,
      identity: "1".repeat(16),
    },
    link: {
      kind: how.implementation === "kernel" ? "wireguard" : "tun",
      implementation: how.implementation,
      answers: true,
      up: true,
      mtu: how.mtu,
      mark: keys.owner,
      publicKey: keys.publicKey(plan.key),
      port: plan.port,
      fwmark: 0,
      addresses: formatSorted(plan.addresses.map((a, i) => ({ ...a, length: plan.networks[i]?.length ?? 0 }))),
      connected: formatSorted(
        plan.addresses
          .map((a, i) => ({ ...a, length: plan.networks[i]?.length ?? 0 }))
          .filter(({ family }) => family === 4),
      ),
      connected6: true,
      routes: formatSorted(plan.routes),
      peers: new Map(plan.peers.map((peer) => livePeerOf(peer, how, withSalt)).map((peer) => [peer.publicKey, peer])),
    },
    policy: { state: "same" },
    sysctls: new Map([["net.ipv4.conf.wg0.forwarding", { want: "1", have: "1" }]]),
  };
}

function livePeerOf(peer: PeerPlan, how: Execution, withSalt: string): LivePeer {
  const psk =
    how.presharedKeys === "on" ? { presharedKeyMac: pskMac(keys.presharedKey(peer.presharedKey), withSalt) } : {};
  return {
    publicKey: keys.peerPublicKey(peer.key),
    ...psk,
    keepaliveSeconds: 0,
    allowedIps: formatSorted(peer.allowedIps),
  };
}

export function pskMac(psk: string, withSalt: string = salt): string {
  return sha256Hex(withSalt + psk);
}

export function deviceOf(...interfaces: readonly LiveInterface[]): LiveDevice {
  return {
    helper: "a".repeat(64),
    helperRevision: "f".repeat(16),
    clockSeconds: 1_700_000_100,
    boot: { kind: "initd", state: "ok" },
    directory: "closed",
    others: [],
    tools: new Set(["awk", "ip", "nft", "sha256sum", "timeout", "wg", "wireguard-go"]),
    interfaces: new Map(interfaces.map((live) => [live.name, live])),
  };
}

/** Writes the answer of a probe; the inverse of the parser, by the format's own description. */
export function probeText(device: LiveDevice): string {
  const lines = [
    "wirewright-probe 1",
    "uptime 12345",
    `clock ${device.clockSeconds}`,
    `helper ${device.helper ?? "-"} ${device.helperRevision ?? "-"}`,
    `boot ${device.boot.kind} ${device.boot.state}`,
    ...(device.directory === undefined ? [] : [`directory ${device.directory}`]),
    ...device.others.map((line) => `other ${line}`),
    ...[...device.tools].map((name) => `tool ${name} ${name} v1.0`),
    ...[...device.interfaces.values()].flatMap(interfaceLines),
  ];
  return `${[...lines, `end ${lines.length}`].join("\n")}\n`;
}

function interfaceLines({ name, record, link, policy, sysctls }: LiveInterface): readonly string[] {
  return [
    `interface ${name}`,
    ...(record === undefined ? [] : recordLines(record)),
    ...(link === undefined ? [] : linkLines(link)),
    ...[...sysctls].map(([key, { want, have }]) => `sysctl ${key} ${want || "-"} ${have || "-"}`),
    `policy ${policy.state}`,
    ...(policy.state === "changed" ? policy.want.map((line) => `policy-want ${line}`) : []),
    ...(policy.state === "changed" ? policy.have.map((line) => `policy-have ${line}`) : []),
  ];
}

function recordLines(record: LiveRecord): readonly string[] {
  const { generation, revision, digest, owner, identity, pending, documentMac } = record;
  return [
    `record ${generation} ${revision || "-"} ${digest || "-"} ${owner || "-"} ${identity || "-"}`,
    ...(pending === undefined ? [] : [`pending ${pending.revision} 42 ${pending.digest || "-"}`]),
    ...(documentMac === undefined ? [] : [`document ${documentMac}`]),
  ];
}

function linkLines(link: LiveLink): readonly string[] {
  const { kind, implementation, answers, up, mtu, mark } = link;
  return [
    `link ${kind} ${implementation || "-"} ${answers ? "yes" : "no"} ${up ? "yes" : "no"} ${mtu}`,
    `mark ${mark || "-"}`,
    ...[
      ...(answers ? [`key ${link.publicKey || "-"}`, `port ${link.port}`, `fwmark ${link.fwmark}`] : []),
      ...link.addresses.map((address) => `address ${address}`),
      ...link.connected.map((address) => `connected ${address}`),
      `connected6 ${link.connected6 ? "yes" : "no"}`,
      ...link.routes.map(routeLine),
      ...[...link.peers.values()].map(peerLine),
    ].sort(),
  ];
}

/** `192.168.50.0/24 metric 50 tos 0x10`: the metric and what stands behind it may be missing. */
function routeLine(route: string): string {
  const [, network = "", metric, words = ""] = /^(\S+)(?: metric (\d+))?(.*)$/.exec(route) ?? [];
  return `route ${network} ${metric ?? (network.includes(":") ? 1024 : 0)}${words}`;
}

function peerLine(peer: LivePeer): string {
  const { publicKey, presharedKeyMac, keepaliveSeconds, allowedIps } = peer;
  const addresses = allowedIps.join(",") || "-";
  return `peer ${publicKey} ${presharedKeyMac ?? "-"} ${keepaliveSeconds} 198.51.100.50:40000 1700000000 ${addresses}`;
}
