import { type Cidr, overlaps, parseCidr } from "../net/cidr.ts";

/** Ranges that no tunnel, subnet or server can be in: they are not routed, or not to one host (RFC 6890, RFC 4291). */
const SPECIAL: readonly (readonly [string, string])[] = [
  ["0.0.0.0/8", "unspecified"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["fe80::/10", "link-local"],
  ["ff00::/8", "multicast"],
];

const RANGES = SPECIAL.flatMap(([text, use]) => {
  const { cidr } = parseCidr(text);
  return cidr === undefined ? [] : [{ cidr, use }];
});

/** What the first special range is for that this network touches; undefined when it touches none. */
export function specialUse(cidr: Cidr): string | undefined {
  return RANGES.find((range) => overlaps(range.cidr, cidr))?.use;
}

/** All that IPv4 has, and all that has been given out of IPv6 (RFC 4291 2.4). */
const INTERNET: readonly Cidr[] = [
  { family: 4, value: 0n, length: 0 },
  { family: 6, value: 1n << 125n, length: 3 },
];

/** True for (half of) everything: half of it twice is the old trick for a default route without its name. */
export function isInternet(cidr: Cidr): boolean {
  return INTERNET.some((all) => overlaps(all, cidr) && cidr.length <= all.length + 1);
}
