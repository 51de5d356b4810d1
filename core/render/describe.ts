import { formatAddress } from "../net/address.ts";
import { formatCidr } from "../net/cidr.ts";
import { sha256Hex } from "../net/hash.ts";
import { formatPortRange } from "../net/port.ts";
import type { Grant, PeerPlan, ServerPlan } from "../plan/types.ts";

/**
 * Above this many clients the stored description is one digest per bucket: component inputs are diffed and stored as
 * JSON, and 10,000 clients written out cost a preview 3.5 s more than ten do (measured with CLI 3.259).
 */
const WRITTEN_OUT = 100;
const BUCKETS = 64;

/** Public facts of one client, one short line. */
function describeClient(peer: PeerPlan): string {
  const key = peer.key.kind === "given" ? `own key ${peer.key.publicKey}` : `key epoch ${peer.key.name.epoch}`;
  const site = peer.subnets.length > 0 ? `, in front of ${peer.subnets.map(formatCidr).join(" ")}` : "";
  return `${peer.addresses.map(formatAddress).join(" ")}, ${key}, psk epoch ${peer.presharedKey.epoch}${site}`;
}

/** Client name to its public facts; for many clients, bucket name to a digest of its clients' facts. */
export function describeClients(peers: readonly PeerPlan[]): Record<string, string> {
  const lines = peers.map((peer) => [peer.name, describeClient(peer)] as const);
  if (lines.length <= WRITTEN_OUT) return Object.fromEntries(lines);
  const buckets = new Map<number, string[]>();
  for (const [name, line] of lines) {
    const bucket = Number.parseInt(sha256Hex(name).slice(0, 2), 16) % BUCKETS;
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), `${name} ${line}`]);
  }
  const digests = [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([bucket, members]) => {
      const digest = sha256Hex(members.join("\n")).slice(0, 16);
      return [`group-${String(bucket).padStart(2, "0")}`, `${members.length} clients, ${digest}`] as const;
    });
  return { total: `${peers.length} clients`, ...Object.fromEntries(digests) };
}

/**
 * What each profile opens on a server, a line per target. An interface without a family has less to reach than another one,
 * so the fullest line counts.
 */
export function describeProfiles({ interfaces }: ServerPlan): ReadonlyMap<string, readonly string[]> {
  const profiles = new Map<string, Map<string, Grant>>();
  for (const { profile, grants } of interfaces.flatMap(({ groups }) => groups)) {
    const fullest = profiles.get(profile) ?? new Map<string, Grant>();
    profiles.set(profile, fullest);
    for (const grant of grants) {
      const known = fullest.get(grant.name);
      if (known === undefined || known.destinations.length === 0) fullest.set(grant.name, grant);
    }
  }
  return new Map([...profiles].map(([name, fullest]) => [name, [...fullest.values()].map(describeGrant)]));
}

/** One line of the reach table as a person reads it: `lan tcp/443 icmp`, or `lan -` when nothing of it is left to reach. */
export function describeGrant(grant: Grant): string {
  if (grant.destinations.length === 0) return `${grant.name} -`;
  return [grant.name, ...(grant.ports.length === 0 ? ["everything"] : grant.ports.map(formatPortRange))].join(" ");
}
