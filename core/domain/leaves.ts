import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { toCidr } from "../net/cidr.ts";
import { type PublicKey, parsePublicKey } from "../net/key.ts";
import { type PortRange, parsePortRange } from "../net/port.ts";
import { leaf, type Parsed, refuse } from "./leaf.ts";
import { INTERFACE_NAME, NAME, parseName } from "./names.ts";
import { parseNetwork, parseTarget, SUBNET, TUNNEL } from "./network.ts";
import { specialUse } from "./special-use.ts";
import { quote } from "./text/quote.ts";
import type { ExpectedTarget } from "./types.ts";

/** The address itself, wherever it lies. */
function parseHost(text: string): Parsed<Address> {
  const value = parseAddress(text);
  return value === undefined ? noAddress(text, parseHost) : { value };
}

/** Never advises what `parse` would refuse next. */
function noAddress(text: string, parse: (text: string) => Parsed<Address>): Parsed<Address> {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text.split("/")[0] ?? "";
  const next = parseAddress(bare) && parse(bare);
  const advice = next && ("value" in next ? `write ${quote(bare)}` : next.refusal.hint);
  return refuse("bad-address", `${quote(text)} is not an address`, advice ?? "write one like 192.168.1.1 or fd00::1");
}

const OWN_ADDRESS = "name the host's own address";

/** An address that one host can have and others can dial. */
function parseUnicast(text: string): Parsed<Address> {
  const value = parseAddress(text);
  if (value === undefined) return noAddress(text, parseUnicast);
  const use = specialUse(toCidr(value));
  if (use === undefined) return { value };
  return refuse(
    "special-address",
    `${quote(text)} is ${use === "unspecified" ? "an" : "a"} ${use} address, which nobody can dial`,
    OWN_ADDRESS,
  );
}

function parsePorts(text: string): Parsed<PortRange> {
  const value = parsePortRange(text);
  if (value !== undefined) return { value };
  if (/^icmp./i.test(text)) return refuse("icmp-port", `${quote(text)}: ICMP has no ports`, "write icmp");
  const [, protocol, first, last] = /^(tcp|udp)\/(\d+)-(\d+)$/.exec(text) ?? [];
  if (protocol && parsePortRange(`${protocol}/${last}-${first}`)) {
    return refuse("reversed-range", `${quote(text)} runs backwards`, `write ${protocol}/${last}-${first}`);
  }
  return refuse("bad-ports", `${quote(text)} names no ports`, "write tcp/443, udp/5000-5010 or icmp");
}

const KEY_FAULTS = {
  syntax: "this is not a public key (32 bytes as base64: 43 characters and =)",
  "non-canonical": "this public key is not in its canonical form, so it could hide a duplicate",
  "low-order": "this is a low-order point: whoever gives it shares no secret with anybody",
  "all-zero": "this public key is all zeros",
} as const;

/** Messages never repeat the text: what was pasted here by mistake may be part of a private key. */
function parseKey(text: string): Parsed<PublicKey> {
  const { key, fault } = parsePublicKey(text);
  if (key !== undefined) return { value: key };
  return refuse(`key-${fault}`, KEY_FAULTS[fault], "copy the output of: wg pubkey");
}

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
/** As a last label it makes the whole an IPv4 address to inet_aton: 10.1, 0x7f000001. */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/;

function parseEndpoint(text: string): Parsed<string> {
  const read = readEndpoint(text);
  if (read !== undefined) return read;
  const hint = surplusHint(text) ?? textHint(text);
  return refuse("bad-endpoint", `${quote(text)} is neither a host name nor an address`, hint);
}

/** Undefined for what is neither a host name nor an address. */
function readEndpoint(text: string): Parsed<string> | undefined {
  if (parseAddress(text)) {
    const parsed = parseUnicast(text);
    return "value" in parsed ? { value: formatAddress(parsed.value) } : parsed;
  }
  const labels = text.toLowerCase().split(".");
  const last = labels.at(-1) ?? "";
  // RFC 6761 6.3: it and all below it are the machine that asks.
  if (last === "localhost") {
    return refuse(
      "special-address",
      `${quote(text)} is the client itself, where nobody can dial the server`,
      OWN_ADDRESS,
    );
  }
  const isHostName = text.length <= 253 && labels.every((label) => LABEL.test(label)) && !NUMBER.test(last);
  return isHostName ? { value: text.toLowerCase() } : undefined;
}

/** `[2001:db8::1]:51820`, `vpn.example.net.:51820`. A bare IPv6 address has colons of its own, so no port is seen there. */
const SURPLUS = /^(?:\[(?<inner>.*)\]|(?<name>[^:]*?)(?<dot>\.?))(?<port>:\d*)?$/;

/** What is too much, when the rest would be an endpoint; never advises what would be refused next. */
function surplusHint(text: string): string | undefined {
  const { inner, name = "", dot, port } = SURPLUS.exec(text)?.groups ?? {};
  const rest = readEndpoint(inner ?? name);
  if (rest === undefined) return undefined;
  if ("refusal" in rest) return rest.refusal.hint;
  const surplus = [inner && "the brackets", dot && "the last dot", port && "the port"].filter((one) => one);
  return `leave ${surplus.join(" and ")} out${port ? "; the port belongs to the interface" : ""}`;
}

function textHint(text: string): string {
  if (/\p{C}/u.test(text)) return "remove the invisible or control characters";
  if (/[\u2018-\u201f\u00ab\u00bb\u2039\u203a]/.test(text)) return "write plain quotes, or none";
  if (/[^ -~]/.test(text)) return "write international names in their xn-- form";
  return "write one like vpn.example.net, 198.51.100.1 or 2001:db8::1";
}

function pathOf(text: string, length: 2 | 3): Parsed<string> {
  const example = length === 2 ? "router/wg0" : "router/wg0/laptop";
  const steps = text.split("/");
  const isPath = steps.length === length && steps.every((step, i) => (i === 1 ? INTERFACE_NAME : NAME).test(step));
  return isPath ? { value: text } : refuse("bad-path", `${quote(text)} is not a path`, `write one like ${example}`);
}

function parseExpected(text: string): Parsed<ExpectedTarget> {
  if (text === "self") return { value: { kind: "self" } };
  const parsed = parseAddress(text);
  if (parsed) return { value: { kind: "address", address: parsed } };
  const path = pathOf(text, 3);
  if ("value" in path) return { value: { kind: "client", path: path.value } };
  return refuse(
    "bad-target",
    `${quote(text)} is no target`,
    "write an address, self or a client like router/wg0/laptop",
  );
}

export const unicastAddress = leaf(parseUnicast);
export const clientAddress = leaf(parseHost);
export const subnet = leaf((text) => parseNetwork(text, SUBNET));
export const tunnelNetwork = leaf((text) => parseNetwork(text, TUNNEL));
export const ports = leaf(parsePorts);
export const publicKey = leaf(parseKey);
export const endpoint = leaf(parseEndpoint);
export const interfacePath = leaf((text) => pathOf(text, 2));
export const clientPath = leaf((text) => pathOf(text, 3));
export const expectedTarget = leaf(parseExpected);
export const target = leaf(parseTarget);
export const name = leaf((text) => parseName(text, "name"));
