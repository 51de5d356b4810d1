import { formatCidr } from "../net/cidr.ts";
import { sha256Hex } from "../net/hash.ts";
import type { PeerPlan } from "../plan/types.ts";
import { compare, type DiffInput, listed } from "./difference.ts";
import { formatSorted } from "./parse/fields.ts";
import type { Difference, LivePeer } from "./types.ts";

/** Planned peers by name in the plan's order, then the unknown ones by key. */
export function diffPeers(input: DiffInput, live: ReadonlyMap<string, LivePeer>): Difference[] {
  const { plan, keys } = input;
  const known = new Set<string>();
  const rivals = findRivals(live);
  const differences: Difference[] = [];
  for (const peer of plan.peers) {
    const publicKey = keys.peerPublicKey(peer.key);
    known.add(publicKey);
    const found = live.get(publicKey);
    if (found !== undefined) differences.push(...diffPeer(input, peer, found, rivals));
    else differences.push({ property: `peers.${peer.name}`, want: publicKey, have: "missing", severity: "wrong" });
  }
  const unknown = [...live.values()].filter((peer) => !known.has(peer.publicKey));
  return unknown.length === 0 ? differences : [...differences, ...describeUnknown(unknown, plan.peers)];
}

/**
 * Networks that more than one peer has, and who they are. WireGuard moves a network to whoever claims it last; boringtun
 * does so too, but goes on listing it at the peer that lost it.
 */
function findRivals(live: ReadonlyMap<string, LivePeer>): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string>();
  const rivals = new Map<string, readonly string[]>();
  for (const { publicKey, allowedIps } of live.values()) {
    for (const cidr of allowedIps) {
      const holder = holders.get(cidr);
      if (holder === undefined) holders.set(cidr, publicKey);
      else rivals.set(cidr, [...(rivals.get(cidr) ?? [holder]), publicKey]);
    }
  }
  return rivals;
}

function diffPeer(
  input: DiffInput,
  peer: PeerPlan,
  found: LivePeer,
  rivals: ReadonlyMap<string, readonly string[]>,
): Difference[] {
  const at = `peers.${peer.name}`;
  const claimed = (cidr: string): string => {
    const others = (rivals.get(cidr) ?? []).filter((publicKey) => publicKey !== found.publicKey).sort();
    return others.length === 0 ? cidr : `${cidr} that ${others.join(" and ")} claims`;
  };
  return [
    ...diffPresharedKey(input, peer, found),
    ...compare(
      `${at}.allowedIps`,
      listed(formatSorted(peer.allowedIps)),
      listed(found.allowedIps.map(claimed)),
      "wrong",
    ),
    // The server never sends keepalives: its clients do, because only they can be behind a NAT that forgets them.
    ...compare(`${at}.keepalive`, "off", found.keepaliveSeconds === 0 ? "off" : `${found.keepaliveSeconds} s`, "wrong"),
  ];
}

function diffPresharedKey(input: DiffInput, peer: PeerPlan, found: LivePeer): readonly Difference[] {
  const property = `peers.${peer.name}.presharedKey`;
  const mac = found.presharedKeyMac;
  if (input.execution.presharedKeys === "off")
    return compare(property, "none", mac === undefined ? "none" : "set", "wrong");
  if (mac === undefined) return compare(property, "set", "none", "wrong");
  const planned = sha256Hex(input.salt + input.keys.presharedKey(peer.presharedKey));
  return compare(property, "as planned", mac === planned ? "as planned" : "different", "wrong");
}

/** Says whose address an unknown peer took: WireGuard moves an address to whoever claims it last. */
function describeUnknown(unknown: readonly LivePeer[], planned: readonly PeerPlan[]): Difference[] {
  const holders = new Map(planned.flatMap((peer) => peer.allowedIps.map((cidr) => [formatCidr(cidr), peer.name])));
  const withHolder = (cidr: string): string => (holders.has(cidr) ? `${cidr} of ${holders.get(cidr)}` : cidr);
  return [...unknown]
    .sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1))
    .map(({ publicKey, allowedIps }) => ({
      property: `peers.${publicKey.slice(0, 8)}…`,
      want: "absent",
      have: `${publicKey} with ${listed(allowedIps.map(withHolder))}`,
      severity: "foreign",
    }));
}
