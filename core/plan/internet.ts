import { type Cidr, parseCidr } from "../net/cidr.ts";
import { subtract } from "../net/cidr-set.ts";

/**
 * Every block of the IANA IPv4 and IPv6 special-purpose address registries, which RFC 6890 (BCP 153) created and
 * RFC 8190 amended, whether or not the registry calls it globally reachable: such a block is never just "the internet"
 * (64:ff9b::/96, for one, leads to any IPv4 address, private ones included). Multicast (RFC 5771, RFC 4291 2.7) is in
 * other registries and is left out as well, and so is site-local, which no registry keeps but networks may still use.
 * Blocks inside another listed block are not repeated.
 */
const SPECIAL_PURPOSE = [
  "0.0.0.0/8", // this network, RFC 791
  "10.0.0.0/8", // private, RFC 1918
  "100.64.0.0/10", // shared address space, RFC 6598
  "127.0.0.0/8", // loopback, RFC 1122
  "169.254.0.0/16", // link-local, RFC 3927
  "172.16.0.0/12", // private, RFC 1918
  "192.0.0.0/24", // IETF protocol assignments, RFC 6890
  "192.0.2.0/24", // documentation, RFC 5737
  "192.31.196.0/24", // AS112, RFC 7535
  "192.52.193.0/24", // AMT, RFC 7450
  "192.88.99.0/24", // 6to4 relay anycast, deprecated, RFC 7526
  "192.168.0.0/16", // private, RFC 1918
  "192.175.48.0/24", // AS112, RFC 7534
  "198.18.0.0/15", // benchmarking, RFC 2544
  "198.51.100.0/24", // documentation, RFC 5737
  "203.0.113.0/24", // documentation, RFC 5737
  "224.0.0.0/4", // multicast, RFC 5771
  "240.0.0.0/4", // reserved and limited broadcast, RFC 1112, RFC 8190
  "::/128", // unspecified, RFC 4291
  "::1/128", // loopback, RFC 4291
  "64:ff9b::/96", // IPv4-IPv6 translation, RFC 6052
  "64:ff9b:1::/48", // local-use translation, RFC 8215
  "100::/64", // discard-only, RFC 6666
  "100:0:0:1::/64", // dummy prefix, RFC 9780
  "2001::/23", // IETF protocol assignments, Teredo and ORCHID among them, RFC 2928
  "2001:db8::/32", // documentation, RFC 3849
  "2002::/16", // 6to4, RFC 3056
  "2620:4f:8000::/48", // AS112, RFC 7534
  "3fff::/20", // documentation, RFC 9637
  "5f00::/16", // segment routing, RFC 9602
  "fc00::/7", // unique local, RFC 4193
  "fe80::/10", // link-local, RFC 4291
  "fec0::/10", // site-local, deprecated, RFC 3879
  "ff00::/8", // multicast, RFC 4291
].map(network);

/** ::ffff:0:0/96, IPv4-mapped, RFC 4291: as text it is refused everywhere, because it names an IPv4 host twice. */
const IPV4_MAPPED: Cidr = { family: 6, value: 0xffff_0000_0000n, length: 96 };

const EVERYWHERE = ["0.0.0.0/0", "::/0"].map(network);

/** What a full tunnel routes: both families always, so that IPv6 can't leak around it. */
export const fullTunnel: readonly Cidr[] = EVERYWHERE;

/** Every destination outside the special-purpose ranges and outside the holes, as the fewest networks. */
export function internet(holes: readonly Cidr[]): Cidr[] {
  return subtract(EVERYWHERE, [...SPECIAL_PURPOSE, IPV4_MAPPED, ...holes]);
}

function network(text: string): Cidr {
  const { cidr } = parseCidr(text);
  if (cidr === undefined) throw new TypeError(`${text} is no network`);
  return cidr;
}
