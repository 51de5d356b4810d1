import { compareCidr, formatCidr } from "../net/cidr.ts";
import { formatSorted } from "./fields.ts";
import type { InterfaceDraft } from "./parse-interface.ts";
import type { LiveInterface, LiveLink, LivePolicy } from "./types.ts";

/** What the kernel gives a route for which nobody named a metric. */
const DEFAULT_METRIC = { 4: 0, 6: 1024 } as const;

/** What the lines of an interface say together; or the name of a line that should be among them and is not. */
export function finishInterface(name: string, draft: InterfaceDraft): LiveInterface | { readonly lacks: string } {
  const { record, pending, documentMac, sysctls, unlike } = draft;
  const link = draft.link === undefined ? undefined : finishLink(draft.link, draft);
  if (link !== undefined && "lacks" in link) return link;
  return {
    name,
    ...(record && { record: { ...record, ...(pending && { pending }), ...(documentMac && { documentMac }) } }),
    ...(link && { link }),
    ...(unlike.size > 0 && { unlike }),
    policy: finishPolicy(draft),
    sysctls,
  };
}

/** A daemon that does not answer has told nothing of key, port and fwmark. */
function finishLink(
  link: NonNullable<InterfaceDraft["link"]>,
  { mark, publicKey, port, fwmark, addresses, connected, connected6, routes, peers }: InterfaceDraft,
): LiveLink | { readonly lacks: string } {
  if (mark === undefined) return { lacks: "the mark line" };
  if (connected6 === undefined) return { lacks: "the connected6 line" };
  if (link.answers && (publicKey === undefined || port === undefined || fwmark === undefined)) {
    return { lacks: "the key, port or fwmark line" };
  }
  return {
    ...link,
    mark,
    publicKey: publicKey ?? "",
    port: port ?? 0,
    fwmark: fwmark ?? 0,
    addresses: formatSorted(addresses),
    connected: formatSorted(connected),
    connected6,
    routes: [...routes].sort((a, b) => compareCidr(a.cidr, b.cidr) || a.metric - b.metric).map(formatRoute),
    peers,
  };
}

function finishPolicy({ policy, policyWant, policyHave }: InterfaceDraft): LivePolicy {
  return policy === "changed"
    ? { state: policy, want: [...policyWant].sort(), have: [...policyHave].sort() }
    : { state: policy };
}

function formatRoute({ cidr, metric }: InterfaceDraft["routes"][number]): string {
  const text = formatCidr(cidr);
  return metric === 0 || metric === DEFAULT_METRIC[cidr.family] ? text : `${text} metric ${metric}`;
}
