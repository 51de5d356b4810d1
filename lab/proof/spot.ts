import { type Address, formatAddress, isLinkLocal, parseAddress, sameAddress } from "../../core/net/address.ts";
import { contains, networkOf } from "../../core/net/cidr.ts";
import type { InterfacePlan } from "../../core/plan/types.ts";
import { CLIENT_INTERFACE } from "../client.ts";
import { addressesOn, type Node, type Segment, topology } from "../topology.ts";

/** Where in the lab an address is, or is put so that somebody is there. */
export interface Spot {
  readonly node: string;
  /** Link that gets the address for the time being; undefined when the node has it anyway. */
  readonly addTo?: string;
  /** Needed in front of a link-local address: the link, by the sender's name for it. */
  readonly zone?: string;
}

export interface Scene {
  readonly nodes: readonly Node[];
  /** The server under test, also the name of its node. */
  readonly server: string;
  /** Its interfaces. */
  readonly plans: readonly InterfacePlan[];
  /** Client path to the node that plays the client. */
  readonly actors: ReadonlyMap<string, string>;
}

/** Undefined when only a client who is not on stage could be there. */
export function spotOf(scene: Scene, plan: InterfacePlan, to: Address): Spot | undefined {
  if (isLinkLocal(to)) return { node: scene.server, addTo: plan.name, zone: CLIENT_INTERFACE };
  if (scene.plans.some((other) => other.addresses.some((own) => sameAddress(own, to)))) return { node: scene.server };
  return behindTunnel(scene, to) ?? (isTunnel(scene, to) ? undefined : outside(scene.nodes, to));
}

/** The client whose address this is, or whose site it is in. */
export function ownerPath(plans: readonly InterfacePlan[], to: Address): string | undefined {
  const peers = plans.flatMap((plan) => plan.peers);
  return peers.find((peer) => peer.allowedIps.some((cidr) => contains(cidr, to)))?.path;
}

function behindTunnel({ plans, actors }: Scene, to: Address): Spot | undefined {
  const path = ownerPath(plans, to);
  const node = path && actors.get(path);
  if (!node) return undefined;
  const isHost = plans.some((plan) =>
    plan.peers.some((p) => p.path === path && p.addresses.some((a) => sameAddress(a, to))),
  );
  return isHost ? { node } : { node, addTo: "lo" };
}

function isTunnel({ plans }: Scene, to: Address): boolean {
  return plans.some((plan) => [...plan.networks, ...plan.routes].some((cidr) => contains(cidr, to)));
}

/** On whose wire it is, or else the internet: that is where the router sends what it does not know. */
function outside(nodes: readonly Node[], to: Address): Spot {
  const text = formatAddress(to);
  const owner = nodes.find((node) => ownAddresses(node).some((own) => own === text));
  if (owner) return { node: owner.name };
  const near = nodes.find(
    (node) => node.kind === "host" && node.links.some(({ addresses }) => addresses.some((a) => onWire(a, to))),
  );
  const link = near?.links[0]?.interface;
  return near && link ? { node: near.name, addTo: link } : { node: "internet", addTo: "lo" };
}

/** In canonical text. */
export function ownAddresses(node: Node): string[] {
  const texts = [...node.links.flatMap((link) => link.addresses), ...(node.loopback ?? [])];
  return texts.flatMap((text) => parseAddress(text.replace(/\/.*/, "")) ?? []).map(formatAddress);
}

function onWire(withLength: string, to: Address): boolean {
  const [text = "", length] = withLength.split("/");
  const own = parseAddress(text);
  return own !== undefined && contains(networkOf(own, Number(length)), to);
}

/** Addresses that clients on demand may get: nobody else should be there. */
export function clientAddresses(): ReadonlySet<string> {
  const texts = Object.entries(topology.wires).flatMap(([segment, { clients }]) =>
    Array.from({ length: clients.last - clients.first + 1 }, (_, i) =>
      addressesOn(segment as Segment, clients.first + i),
    ).flat(),
  );
  return new Set(texts.flatMap((text) => parseAddress(text.replace(/\/.*/, "")) ?? []).map(formatAddress));
}

/** What a packet from a tunnel should bear as its source when it gets to that node. */
export function expectedSources(
  scene: Scene,
  spot: Spot,
  own: readonly Address[],
  natInterface: string | undefined,
): string[] {
  const device = scene.nodes.find((node) => node.name === scene.server);
  const way = device?.links.find((link) => link.interface === natInterface);
  const target = scene.nodes.find((node) => node.name === spot.node);
  // Clients may hang on the same wire, but what they get comes through the tunnel.
  const isClient = [...scene.actors.values()].includes(spot.node);
  const hidden = way && target !== device && !isClient && target?.links.some((link) => link.segment === way.segment);
  return device && hidden ? ownAddresses({ ...device, links: [way], loopback: [] }) : own.map(formatAddress);
}
