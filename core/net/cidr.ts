import { type Address, addressBits, type Family, formatAddress, parseAddress } from "./address.ts";

/** A network; `value` is its base address, whose host bits are zero. */
export interface Cidr {
  readonly family: Family;
  readonly value: bigint;
  readonly length: number;
}

export type ParsedCidr =
  | { readonly cidr: Cidr; readonly fault?: never }
  | { readonly cidr?: never; readonly fault: "syntax" | "host-bits"; readonly suggestion?: string };

const LENGTH = /^(0|[1-9][0-9]{0,2})$/;

/** Size of a network as a number of addresses. */
function addressCount(family: Family, length: number): bigint {
  return 1n << BigInt(addressBits(family) - length);
}

/** The network of this length that an address lies in. */
export function networkOf(address: Address, length: number): Cidr {
  const hostBits = BigInt(addressBits(address.family) - length);
  return { family: address.family, value: (address.value >> hostBits) << hostBits, length };
}

/** `10.66.0.0/24`. The length is never optional; host bits must be zero, and the suggestion says what they hid. */
export function parseCidr(text: string): ParsedCidr {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return { fault: "syntax" };
  if (slash < 0) return { fault: "syntax", suggestion: formatCidr(toCidr(address)) };
  const lengthText = text.slice(slash + 1);
  const length = LENGTH.test(lengthText) ? Number(lengthText) : Number.POSITIVE_INFINITY;
  if (length > addressBits(address.family)) return { fault: "syntax" };
  const cidr = networkOf(address, length);
  return cidr.value === address.value ? { cidr } : { fault: "host-bits", suggestion: formatCidr(cidr) };
}

/** Canonical text, see `formatAddress`. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr)}/${cidr.length}`;
}

/** IPv4 before IPv6, then by base address, then the wider network first. */
export function compareCidr(a: Cidr, b: Cidr): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.length - b.length;
}

/** True when every address of `narrow` lies in `wide`. */
export function covers(wide: Cidr, narrow: Cidr): boolean {
  if (wide.family !== narrow.family || wide.length > narrow.length) return false;
  const hostBits = BigInt(addressBits(wide.family) - wide.length);
  return narrow.value >> hostBits === wide.value >> hostBits;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return covers(a, b) || covers(b, a);
}

export function contains(cidr: Cidr, address: Address): boolean {
  return covers(cidr, toCidr(address));
}

/** The network that holds this one address. */
export function toCidr(address: Address): Cidr {
  return { family: address.family, value: address.value, length: addressBits(address.family) };
}

/**
 * The highest host number. Number 0 is the network itself (IPv6: the subnet-router anycast address, RFC 4291 2.6.1)
 * and the last IPv4 address is the broadcast address. At most 2^53 - 1.
 */
export function hostCapacity(cidr: Cidr): number {
  const hosts = addressCount(cidr.family, cidr.length) - (cidr.family === 4 ? 2n : 1n);
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return hosts < 0n ? 0 : Number(hosts > most ? most : hosts);
}

/** The n-th address of a network; 0 is its base. Throws RangeError outside the network: that is a bug of the caller. */
export function hostAddress(cidr: Cidr, n: number): Address {
  if (!Number.isSafeInteger(n) || n < 0 || BigInt(n) >= addressCount(cidr.family, cidr.length)) {
    throw new RangeError(`host ${n} is outside ${formatCidr(cidr)}`);
  }
  return { family: cidr.family, value: cidr.value + BigInt(n) };
}
