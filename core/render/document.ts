import { type Family, formatAddress } from "../net/address.ts";
import { type Cidr, formatCidr } from "../net/cidr.ts";
import { subtract } from "../net/cidr-set.ts";
import { sha256Hex } from "../net/hash.ts";
import { fullTunnel } from "../plan/internet.ts";
import type { KeyRing } from "../plan/keys.ts";
import type { Execution, Grant, InterfacePlan } from "../plan/types.ts";
import { renderNft } from "./nft.ts";

/** What the device helper is to make true, without the two lines that depend on when it is applied. */
export interface Document {
  /** Holds keys: secret. */
  readonly body: string;
  /** Keyed, so that it says nothing about them: public. */
  readonly digest: string;
}

/** The server neither knows when a client is behind NAT nor can it reach one there: keepalives are the client's. */
const SERVER_KEEPALIVE_SECONDS = 0;
/** `wirewright`, `interface`, `owner` and `identity` come before the digest. */
const HEAD_LINES = 4;

/** Every line in a fixed order, every list sorted: the same plan gives the same bytes. Throws on two peers with one key. */
export function renderDocument(plan: InterfacePlan, keys: KeyRing, execution: Execution, identity: string): Document {
  const forwarded = forwardedGrants(plan);
  const lines = [
    "wirewright 1",
    `interface ${plan.name}`,
    `owner ${keys.owner}`,
    `identity ${identity}`,
    `implementation ${execution.implementation}`,
    `private-key ${keys.privateKey(plan.key)}`,
    `public-key ${keys.publicKey(plan.key)}`,
    `port ${plan.port}`,
    `mtu ${execution.mtu}`,
    ...plan.networks.map((network, i) => `address ${serverAddress(plan, network, i)}`),
    ...peerLines(plan, keys, execution),
    ...plan.routes.map((cidr) => `route ${formatCidr(cidr)}`),
    ...forwardedFamilies(plan, forwarded).map((family) => `forward ${family}`),
    ...waysOut(plan, forwarded).map((cidr) => `forward-to ${cidr}`),
    ...renderNft(plan, execution)
      .trimEnd()
      .split("\n")
      .map((line) => `nft ${line}`),
  ];
  const body = `${lines.join("\n")}\n`;
  return { body, digest: keys.digest(body) };
}

/** The text that goes to the helper's stdin. The checksum tells a transfer that was cut short from a whole one. */
export function sealDocument(sealed: Document & { readonly nonce: string }): string {
  const lines = sealed.body.split("\n");
  const marks = [`digest ${sealed.digest}`, `nonce ${sealed.nonce}`];
  const text = [...lines.slice(0, HEAD_LINES), ...marks, ...lines.slice(HEAD_LINES)].join("\n");
  return `${text}end ${sha256Hex(text)}\n`;
}

function serverAddress(plan: InterfacePlan, network: Cidr, i: number): string {
  const address = plan.addresses[i];
  if (address === undefined) throw new Error(`${plan.path} has no address in ${formatCidr(network)}`);
  return `${formatAddress(address)}/${network.length}`;
}

/** Sorted by key. WireGuard would silently merge two peers of one key, and ignore one that has the interface's own. */
function peerLines(plan: InterfacePlan, keys: KeyRing, execution: Execution): string[] {
  const owners = new Map<string, string>([[keys.publicKey(plan.key), plan.path]]);
  const lines = plan.peers.map((peer) => {
    const key = keys.peerPublicKey(peer.key);
    const other = owners.get(key);
    if (other !== undefined) {
      throw new Error(`${peer.path} has the public key of ${other}; give it a key of its own`);
    }
    owners.set(key, peer.path);
    const presharedKey = execution.presharedKeys === "on" ? keys.presharedKey(peer.presharedKey) : "-";
    const allowed = peer.allowedIps.map(formatCidr).join(",");
    return `peer ${key} ${presharedKey} ${SERVER_KEEPALIVE_SECONDS} ${allowed}`;
  });
  return lines.sort();
}

/** What leads through the server rather than to its own tunnel addresses. */
function forwardedGrants(plan: InterfacePlan): Grant[] {
  return plan.groups.flatMap((group) => group.grants).filter((grant) => grant.target !== "self");
}

function forwardedFamilies(plan: InterfacePlan, forwarded: readonly Grant[]): Family[] {
  const used = new Set(plan.peers.flatMap((peer) => peer.allowedIps.map((cidr) => cidr.family)));
  const reached = new Set(forwarded.flatMap((grant) => grant.destinations.map((cidr) => cidr.family)));
  return ([4, 6] as const).filter((family) => used.has(family) && reached.has(family));
}

/** Destinations outside the tunnel; the device looks up which of its interfaces leads there. */
function waysOut(plan: InterfacePlan, forwarded: readonly Grant[]): string[] {
  const families = forwardedFamilies(plan, forwarded);
  const named = forwarded.filter((grant) => grant.target === "subnet").flatMap((grant) => grant.destinations);
  const outside = subtract(named, [...plan.networks, ...plan.routes]);
  const everywhere = forwarded.some((grant) => grant.target === "internet") ? fullTunnel : [];
  return [...everywhere, ...outside].filter((cidr) => families.includes(cidr.family)).map(formatCidr);
}
