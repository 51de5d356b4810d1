import { addressBits } from "../net/address.ts";
import type { Cidr } from "../net/cidr.ts";
import type { InterfacePlan } from "../plan/types.ts";
import { diffPeers } from "./diff-peers.ts";
import { compare, type DiffInput, listed } from "./difference.ts";
import { formatSorted } from "./parse/fields.ts";
import type { Difference, LiveInterface, LiveLink, LivePolicy, LiveRecord } from "./types.ts";

/**
 * Every gap between the plan of an interface and the device, property by property. What lives by itself (learned
 * endpoints, counters, handshakes, the order of sets) is never a difference. When something that is not ours wears the
 * name, that is the only difference: it is to be refused, not repaired.
 */
export function diff(input: DiffInput): Difference[] {
  const { live, keys, execution } = input;
  const stranger = live && describeStranger(live, keys.owner);
  if (stranger !== undefined) return [{ property: "interface", want: OURS, have: stranger, severity: "critical" }];
  const missing = compare("interface", execution.implementation, "missing", "critical");
  const record = live?.record !== undefined && isOurs(live.record) ? live.record : undefined;
  if (live === undefined || (record === undefined && live.link === undefined)) return [...missing];
  return [
    // The link carries our mark, so it is ours; somebody took away what its next start would be made from.
    ...(record === undefined ? compare("document", "as confirmed", "missing", "critical") : []),
    ...(live.link === undefined ? missing : diffOwn(input, live.link)),
    ...diffPolicy(live.policy),
    ...diffSysctls(live),
    ...(record === undefined ? [] : diffPending(record)),
  ];
}

/** A first change that awaits its confirmation has no owner on record yet. One that was rolled back leaves a record without. */
function isOurs(record: LiveRecord): boolean {
  return record.owner !== "" || record.pending !== undefined;
}

/** True for the difference that an `up` refuses instead of repairing it. */
export function isStranger({ property, want }: Difference): boolean {
  return property === "interface" && want === OURS;
}

/** Such a stranger is ours under another root secret, or another person's. */
export function isAnotherOwners(difference: Difference): boolean {
  return isStranger(difference) && difference.have.includes(ANOTHER_OWNER);
}

const OURS = "ours";
const ANOTHER_OWNER = "another owner, ";

function describeStranger({ record, link }: LiveInterface, owner: string): string | undefined {
  if (record?.owner && record.owner !== owner) return `belongs to ${ANOTHER_OWNER}${record.owner.slice(0, 8)}…`;
  if (link === undefined) return undefined;
  if (link.mark !== "" && link.mark !== owner) return `carries the mark of ${ANOTHER_OWNER}${link.mark.slice(0, 8)}…`;
  if (link.kind === "other") return "is another kind of link, not ours";
  if (link.kind !== "wireguard" && link.kind !== "tun") return `is a ${link.kind}, not ours`;
  if (link.implementation === "" && link.mark !== owner)
    return `is a ${link.kind} without a WireGuard daemon, not ours`;
  return link.mark === owner ? undefined : `is a ${link.implementation} interface that this project did not make`;
}

function diffOwn(input: DiffInput, link: LiveLink): Difference[] {
  // With our mark: somebody gave this name to another link of ours, or ended the daemon in a way that left the link.
  if (link.implementation === "") return [...compare("daemon", "its own", "none that is its own", "critical")];
  return diffLink(input, link);
}

function diffLink(input: DiffInput, link: LiveLink): Difference[] {
  const { plan, execution } = input;
  const addresses = plannedAddresses(plan);
  return [
    ...compare("implementation", execution.implementation, link.implementation, "wrong"),
    ...compare("link.up", "up", link.up ? "up" : "down", "critical"),
    ...compare("mtu", String(execution.mtu), String(link.mtu), "wrong"),
    ...compare("addresses", listed(formatSorted(addresses)), listed(link.addresses), "critical"),
    ...(link.up ? diffConnected(input, link) : []),
    ...compare("routes", listed(formatSorted(plan.routes)), listed(link.routes), "wrong"),
    // A silent daemon says nothing of its key and peers, which is no proof that they are gone.
    ...(link.answers ? diffDaemon(input, link) : compare("daemon", "answers", "does not answer", "critical")),
  ];
}

/** With an address, or with the link, the kernel's routes go too: that is said once. */
function diffConnected({ plan }: DiffInput, { addresses, connected, connected6 }: LiveLink): readonly Difference[] {
  const planned = plannedAddresses(plan);
  if (listed(formatSorted(planned)) !== listed(addresses)) return [];
  const v4 = planned.filter((one) => one.family === 4 && one.length < addressBits(4));
  const describe = (list: readonly string[], of6: "all" | "not all") =>
    `kernel routes of ${listed(list)} and ${of6} of IPv6`;
  const want = describe(formatSorted(v4), "all");
  return compare("routes.connected", want, describe(connected, connected6 ? "all" : "not all"), "critical");
}

function plannedAddresses(plan: InterfacePlan): Cidr[] {
  return plan.addresses.map((address, i) => ({
    ...address,
    length: plan.networks[i]?.length ?? addressBits(address.family),
  }));
}

function diffDaemon(input: DiffInput, link: LiveLink): Difference[] {
  const { plan, keys } = input;
  return [
    ...compare("privateKey", keys.publicKey(plan.key), link.publicKey || "none", "critical"),
    ...compare("port", String(plan.port), String(link.port), "critical"),
    ...compare("fwmark", "0", String(link.fwmark), "wrong"),
    ...diffPeers(input, link.peers),
  ];
}

function diffPolicy(policy: LivePolicy): readonly Difference[] {
  if (policy.state === "same") return [];
  if (policy.state !== "changed") return compare("policy", "in place", "missing", "critical");
  const lines = [
    ...policy.want.map((line) => ({ want: line, have: "missing" })),
    ...policy.have.map((line) => ({ want: "absent", have: line })),
  ];
  if (lines.length === 0) return compare("policy", "as confirmed", "changed", "critical");
  return lines.map(({ want, have }, i) => ({ property: `policy[${i}]`, want, have, severity: "critical" }));
}

/** The settings of a missing link are missing with it; that is said once. */
function diffSysctls({ link, sysctls }: LiveInterface): Difference[] {
  return [...sysctls].flatMap(([key, { want, have }]) =>
    link === undefined && have === "" ? [] : compare(`sysctls.${key}`, want, have || "none", "wrong"),
  );
}

function diffPending({ pending }: LiveRecord): readonly Difference[] {
  return compare("pending", "none", pending ? `change ${pending.revision} awaits confirmation` : "none", "wrong");
}
