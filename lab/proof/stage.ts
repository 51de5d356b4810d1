import { execute } from "../execute.ts";
import { listen, type Place, type Prober, placeOf, startProber } from "../prober.ts";
import type { Lab } from "../state.ts";
import { type Arrival, startWatch, type Watch } from "../watch.ts";
import type { Spot } from "./spot.ts";

/** A node with somebody to speak and listen there, and a count of what arrives. */
export interface Host {
  readonly place: Place;
  readonly prober: Prober;
  readonly watch: Watch;
}

export interface Stage {
  readonly lab: Lab;
  /** Opened when it is first asked for. */
  readonly host: (node: string) => Promise<Host>;
  /** Closes one host early, before its node goes away. */
  readonly leave: (node: string) => Promise<void>;
  /** Ends every prober and watch. */
  readonly close: () => Promise<void>;
}

export function openStage(lab: Lab): Stage {
  const hosts = new Map<string, Promise<Host>>();
  const leave = async (node: string) => {
    const host = await hosts.get(node)?.catch(() => undefined);
    hosts.delete(node);
    await host?.prober.close();
    await host?.watch.close();
  };
  const host = (node: string) => {
    const open = hosts.get(node) ?? openHost(lab, node);
    hosts.set(node, open);
    return open;
  };
  const close = async () => {
    for (const node of [...hosts.keys()]) await leave(node);
  };
  return { lab, host, leave, close };
}

async function openHost(lab: Lab, node: string): Promise<Host> {
  const place = placeOf(lab, node);
  const watch = await startWatch(place);
  return { place, watch, prober: startProber(place) };
}

/** Should this program be killed, the kernel takes an address of ours away by itself. */
const LIFETIME_SECONDS = 300;

/** Puts the address there, if nobody has it, and somebody to answer. `busy`: another program has the port. */
export async function occupy(
  { place, prober }: Host,
  spot: Spot,
  target: { readonly address: string; readonly protocol: "tcp" | "udp" | "icmp"; readonly port: number },
): Promise<{ readonly busy: boolean }> {
  const { address, protocol, port } = target;
  if (spot.addTo) await changeAddress(place, "replace", address, spot.addTo);
  if (protocol === "icmp") return { busy: false };
  return listen(prober, { protocol, address: listenAddress(spot, address), port });
}

/** Takes away what `occupy` put there. */
export async function vacate(
  { place, prober }: Host,
  spot: Spot,
  target: { readonly address: string; readonly protocol: "tcp" | "udp" | "icmp"; readonly port: number },
): Promise<void> {
  const { address, protocol, port } = target;
  if (protocol !== "icmp") await prober.call("unlisten", { protocol, address: listenAddress(spot, address), port });
  if (spot.addTo) await changeAddress(place, "delete", address, spot.addTo);
}

function listenAddress(spot: Spot, address: string): string {
  return spot.zone && spot.addTo ? `${address}%${spot.addTo}` : address;
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
export async function arrivalsAt(
  { watch }: Host,
  target: { readonly address: string; readonly protocol: string; readonly port: number },
): Promise<ReadonlyMap<string, number>> {
  const isTarget = (one: Arrival) =>
    one.destination === target.address && one.protocol === target.protocol && one.port === target.port;
  return new Map((await watch.arrivals()).filter(isTarget).map((one) => [one.source, one.packets]));
}
