import type { SocketAddress } from "../agent/socket-address.ts";
import { execute } from "../execute.ts";
import { listen, type Place, type Prober, placeOf, startProber, unlisten } from "../prober.ts";
import type { Lab } from "../state.ts";
import { type Arrival, startWatch, type Watch } from "../watch.ts";
import type { Spot } from "./spot.ts";

/** A node with somebody to speak and listen there, and a count of what arrives. */
export interface Host {
  readonly place: Place;
  readonly prober: Prober;
  readonly watch: Watch;
  /** How many want each address and listener that is here for the time being: one probe is tried in the midst of another. */
  readonly wanted: Map<string, number>;
}

export interface Stage {
  readonly lab: Lab;
  /** Opened when it is first asked for. */
  readonly host: (node: string) => Promise<Host>;
  /** Ends every prober and watch. */
  readonly close: () => Promise<void>;
}

export function openStage(lab: Lab): Stage {
  const hosts = new Map<string, Promise<Host>>();
  const host = (node: string) => {
    const open = hosts.get(node) ?? openHost(lab, node);
    hosts.set(node, open);
    return open;
  };
  const close = async () => {
    for (const [node, opening] of [...hosts]) {
      const open = await opening.catch(() => undefined);
      hosts.delete(node);
      await open?.prober.close();
      await open?.watch.close();
    }
  };
  return { lab, host, close };
}

async function openHost(lab: Lab, node: string): Promise<Host> {
  const place = placeOf(lab, node);
  const watch = await startWatch(place);
  return { place, watch, prober: startProber(place), wanted: new Map() };
}

/** Should this program be killed, the kernel takes an address of ours away by itself. */
const LIFETIME_SECONDS = 300;

interface Target {
  readonly address: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port: number;
}

/** Puts the address there, if nobody has it, and somebody to answer. `busy`: another program has the port. */
export async function occupy(host: Host, spot: Spot, target: Target): Promise<{ readonly busy: boolean }> {
  for (const one of belongings(spot, target)) host.wanted.set(one, (host.wanted.get(one) ?? 0) + 1);
  try {
    if (spot.addTo) await changeAddress(host.place, "replace", target.address, spot.addTo);
    const socket = socketOf(spot, target);
    return socket ? await listen(host.prober, socket) : { busy: false };
  } catch (error) {
    await vacate(host, spot, target).catch(() => undefined);
    throw error;
  }
}

/** Takes away what `occupy` put there, unless somebody else wants it still. */
export async function vacate(host: Host, spot: Spot, target: Target): Promise<void> {
  const [isAddressFree, isSocketFree] = belongings(spot, target).map((one) => isLast(host, one));
  const socket = socketOf(spot, target);
  try {
    if (isSocketFree && socket) await unlisten(host.prober, socket);
  } finally {
    if (isAddressFree && spot.addTo) await changeAddress(host.place, "delete", target.address, spot.addTo);
  }
}

function isLast({ wanted }: Host, one: string): boolean {
  const others = (wanted.get(one) ?? 1) - 1;
  wanted.set(one, others);
  return others === 0;
}

/** Names of the address and the listener of a target. */
function belongings({ addTo }: Spot, { address, protocol, port }: Target): readonly [string, string] {
  return [`${address} on ${addTo}`, `${protocol} ${address} ${port}`];
}

/** Nobody needs to listen for echo requests. */
function socketOf({ zone, addTo }: Spot, { protocol, address, port }: Target): SocketAddress | undefined {
  return protocol === "icmp" ? undefined : { protocol, address: zone && addTo ? `${address}%${addTo}` : address, port };
}

async function changeAddress(place: Place, verb: "replace" | "delete", address: string, link: string): Promise<void> {
  const isV6 = address.includes(":");
  const until = ["valid_lft", String(LIFETIME_SECONDS), "preferred_lft", String(LIFETIME_SECONDS)];
  const options = verb === "delete" ? [] : [...(isV6 ? ["nodad", "noprefixroute"] : []), ...until];
  const host = `${address}/${isV6 ? 128 : 32}`;
  const { code, stderr } = await execute([...place.enter, "ip", "address", verb, host, "dev", link, ...options]);
  if (code !== 0) throw new Error(`${host} on ${place.name}: ${stderr.trim()}`);
}

/** Packets that have reached an address and port so far, by source. */
export async function arrivalsAt({ watch }: Host, target: Target): Promise<ReadonlyMap<string, number>> {
  const isTarget = (one: Arrival) =>
    one.destination === target.address && one.protocol === target.protocol && one.port === target.port;
  return new Map((await watch.arrivals()).filter(isTarget).map((one) => [one.source, one.packets]));
}
