import { compareCidr, formatCidr } from "../../net/cidr.ts";
import type { LiveInterface, LiveLink, LivePolicy } from "../types.ts";
import { formatSorted } from "./fields.ts";
import type { Attributed, InterfaceDraft } from "./parse-interface.ts";

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
    addresses: [...addresses].sort(compareAttributed).map(({ cidr, words }) => withWords(formatCidr(cidr), words)),
    connected: formatSorted(connected),
    connected6,
    routes: [...routes]
      .sort((a, b) => compareCidr(a.cidr, b.cidr) || a.metric - b.metric || compareAttributed(a, b))
      .map(formatRoute),
    peers,
  };
}

function finishPolicy({ policy, policyWant, policyHave }: InterfaceDraft): LivePolicy {
  return policy === "changed"
    ? { state: policy, want: [...policyWant].sort(), have: [...policyHave].sort() }
    : { state: policy };
}

function formatRoute({ cidr, metric, words }: InterfaceDraft["routes"][number]): string {
  const text = formatCidr(cidr);
  return withWords(metric === 0 || metric === DEFAULT_METRIC[cidr.family] ? text : `${text} metric ${metric}`, words);
}

function compareAttributed(a: Attributed, b: Attributed): number {
  return compareCidr(a.cidr, b.cidr) || (a.words < b.words ? -1 : Number(a.words > b.words));
}

/** With words it is another text than the planned one, so a difference. */
function withWords(text: string, words: string): string {
  return words === "" ? text : `${text} ${words}`;
}
