import { type Address, addressBits, parseAddress } from "../../net/address.ts";
import { type Cidr, compareCidr, formatCidr, networkOf } from "../../net/cidr.ts";

// Readers of single fields of a probe's answer. The text comes from a device, so each is an allow-list; undefined means refused.

const INTEGER = /^(0|[1-9][0-9]{0,15})$/;
/** 32 bytes in canonical base64. Low-order points pass: a device may really hold one, as a foreign peer. */
const KEY = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9._/@:-]*$/;
const ATTRIBUTE = /^[A-Za-z0-9.:/_%-]+$/;
/** Characters. A route over 80 next hops has as many. */
const MOST_ATTRIBUTES = 4096;
const ENDPOINT = /^([0-9.]{7,15}|\[[0-9a-f:.]{2,45}(%[A-Za-z0-9._@-]{1,15})?\]):[0-9]{1,5}$/;

export function integer(text: string | undefined, most: number): number | undefined {
  if (text === undefined || !INTEGER.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}

export function hex(text: string | undefined, digits: number): string | undefined {
  return text?.length === digits && /^[0-9a-f]+$/.test(text) ? text : undefined;
}

export function key(text: string | undefined): string | undefined {
  return text !== undefined && KEY.test(text) ? text : undefined;
}

/** 16 hex digits and, behind a dot, the generation that it was made for. The helper takes those without one, too. */
export function revisionText(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-f]{16}(\.(0|[1-9][0-9]{0,5}))?$/.test(text) ? text : undefined;
}

/** A name that the system gave: of an interface, a tool, a kind of link, a sysctl. */
export function word(text: string | undefined, most = 32): string | undefined {
  return text !== undefined && text.length <= most && WORD.test(text) ? text : undefined;
}

/** Words that the system printed behind a value, joined by one space; empty without any. */
export function attributes(words: readonly string[]): string | undefined {
  const text = words.join(" ");
  return text.length <= MOST_ATTRIBUTES && words.every((one) => ATTRIBUTE.test(one)) ? text : undefined;
}

/** `-` stands for nothing and reads as the empty text. */
export function orNone(text: string | undefined, read: (text: string) => string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  return text === "-" ? "" : read(text);
}

export function endpoint(text: string): string | undefined {
  return ENDPOINT.test(text) ? text : undefined;
}

/** An address with its prefix length, such as `10.66.0.1/24`; what follows the prefix is kept, it is the point of it. */
export function interfaceAddress(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? undefined : liveAddress(text.slice(0, slash));
  if (address === undefined) return undefined;
  const length = integer(text.slice(slash + 1), addressBits(address.family));
  return length === undefined ? undefined : { family: address.family, value: address.value, length };
}

/** The kernel holds IPv4-mapped addresses too, although no plan may ask for one. */
function liveAddress(text: string): Address | undefined {
  const tail = text.startsWith("::ffff:") ? parseAddress(text.slice(7)) : undefined;
  return tail?.family === 4 ? { family: 6, value: (0xffffn << 32n) + tail.value } : parseAddress(text);
}

export function network(text: string | undefined): Cidr | undefined {
  const cidr = interfaceAddress(text ?? "");
  return cidr !== undefined && networkOf(cidr, cidr.length).value === cidr.value ? cidr : undefined;
}

/** Networks joined by commas, or `-` for none. */
export function networks(text: string | undefined): readonly Cidr[] | undefined {
  if (text === undefined) return undefined;
  if (text === "-") return [];
  const list: Cidr[] = [];
  for (const part of text.split(",")) {
    const one = network(part);
    if (one === undefined) return undefined;
    list.push(one);
  }
  return list;
}

/** Canonical texts in the order of the networks, so that neither spelling nor order on the device matters. */
export function formatSorted(cidrs: readonly Cidr[]): readonly string[] {
  return cidrs.length < 2 ? cidrs.map(formatCidr) : [...cidrs].sort(compareCidr).map(formatCidr);
}
