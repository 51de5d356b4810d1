export type Family = 4 | 6;

/** One host address; `value` is its 32 or 128 bits. */
export interface Address {
  readonly family: Family;
  readonly value: bigint;
}

/** Bits in an address of this family. */
export function addressBits(family: Family): number {
  return family === 4 ? 32 : 128;
}

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const V4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);
const V6_SHAPE = /^[0-9a-fA-F:]{2,39}$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const MAPPED_PREFIX = 0xffffn;

/**
 * Strict on purpose: other parsers read 010.0.0.1 as 8.0.0.1, or accept 10.1 and 0x0a000001. Refused are leading
 * zeros in IPv4, zones, dotted tails and IPv4-mapped IPv6 (two names for one host defeat every comparison).
 * IPv6 text need not be canonical; `formatAddress` makes it so.
 */
export function parseAddress(text: string): Address | undefined {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Address | undefined {
  const match = V4.exec(text);
  if (match === null) return undefined;
  let value = 0;
  for (let i = 1; i <= 4; i++) value = value * 256 + Number(match[i]);
  return { family: 4, value: BigInt(value) };
}

function parseV6(text: string): Address | undefined {
  if (!V6_SHAPE.test(text)) return undefined;
  const groups = expandGroups(text);
  if (groups?.length !== 8 || !groups.every((group) => GROUP.test(group))) return undefined;
  const value = BigInt(`0x${groups.map((group) => group.padStart(4, "0")).join("")}`);
  if (value >> 32n === MAPPED_PREFIX) return undefined;
  return { family: 6, value };
}

/** The eight groups with `::` written out; undefined when there are two `::` or one that stands for nothing. */
function expandGroups(text: string): readonly string[] | undefined {
  const halves = text.split("::");
  const groupsOf = (half: string | undefined): string[] => (half ? half.split(":") : []);
  if (halves.length === 1) return groupsOf(text);
  const left = groupsOf(halves[0]);
  const right = groupsOf(halves[1]);
  const missing = 8 - left.length - right.length;
  if (halves.length !== 2 || missing < 1) return undefined;
  return [...left, ...Array<string>(missing).fill("0"), ...right];
}

/** Canonical text: dotted decimal, or RFC 5952 (lower case, first longest run of zero groups shortened). */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatV4(Number(address.value)) : formatV6(address.value);
}

function formatV4(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");
}

function formatV6(value: bigint): string {
  const hex = value.toString(16).padStart(32, "0");
  const groups = Array.from({ length: 8 }, (_, i) => Number.parseInt(hex.slice(4 * i, 4 * i + 4), 16));
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  const run = longestZeroRun(groups);
  return run.length < 2 ? text(0, 8) : `${text(0, run.start)}::${text(run.start + run.length, 8)}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [i, group] of groups.entries()) {
    if (group !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  }
  return best;
}

/** fe80::/10 (RFC 4291 2.4): every interface gives itself one. */
export function isLinkLocal({ family, value }: Address): boolean {
  return family === 6 && value >> 118n === 0xfe80n >> 6n;
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}

/** IPv4 before IPv6, then by number. */
export function compareAddress(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}
