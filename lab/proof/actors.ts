import { setTimeout as sleep } from "node:timers/promises";
import { type Address, addressBits, formatAddress } from "../../core/net/address.ts";
import { contains } from "../../core/net/cidr.ts";
import { clientRoutes } from "../../core/plan/policy.ts";
import type { InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import { isAlive } from "../../tools/alive.ts";
import type { SocketAddress } from "../agent/socket-address.ts";
import { addClient, CLIENT_INTERFACE, CLIENT_TABLE, clientUp, removeClient } from "../client.ts";
import { ask } from "../prober.ts";
import { capture } from "../run.ts";
import { type ClientRecord, clientRecords, type Lab } from "../state.ts";
import type { Stage } from "./stage.ts";

/** A client of the plan that a lab node plays. */
export interface Actor {
  readonly plan: InterfacePlan;
  readonly peer: PeerPlan;
  /** Its node. */
  readonly node: string;
}

const PREFIX = "verify";
/** RFC 863: whatever comes there is thrown away. */
const DISCARD = 9;
/** WireGuard repeats a handshake after 5 s (REKEY_TIMEOUT): on a busy machine a few may get lost. */
const WAKE_MS = 30_000;

/** Takes away the clients of a run that was killed before it could. */
export async function sweepActors(lab: Lab): Promise<void> {
  for (const { name } of clientRecords(lab)) {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(pid)) await removeClient(lab, name);
  }
}

export interface Casting {
  readonly plan: InterfacePlan;
  readonly peer: PeerPlan;
  readonly at: ClientRecord["at"];
  /** wg-quick text, as it is handed out. Holds the private key. */
  readonly config: string;
}

/** Plugs a client in and brings its tunnel up exactly as handed out. Throws, and leaves nothing, when it can't. */
export async function castActor(lab: Lab, number: number, { plan, peer, at, config }: Casting): Promise<Actor> {
  const node = `${PREFIX}-${process.pid}-${number}`;
  try {
    await addClient(lab, { name: node, at });
    await clientUp(lab, node, { implementation: "wireguard-go", config });
    return { plan, peer, node };
  } catch (error) {
    await removeClient(lab, node);
    throw error;
  }
}

/** A client may send what it likes, whatever its configuration says: this is one that tries. */
export async function widen(lab: Lab, { node }: Actor): Promise<void> {
  const script = [
    "set -e",
    'peer=$(wg show "$1" peers)',
    'wg set "$1" peer "$peer" allowed-ips 0.0.0.0/0,::/0',
    'ip route replace 0.0.0.0/0 dev "$1" table "$2"',
    'ip route replace ::/0 dev "$1" table "$2"',
  ];
  const argv = ["sh", "-c", script.join("\n"), "sh", CLIENT_INTERFACE, String(CLIENT_TABLE)];
  const { code, stderr } = await capture(lab, { on: node, argv, timeoutSeconds: 20 });
  if (code !== 0) throw new Error(`${node} can't be widened: ${stderr.trim()}`);
}

/** Gives the client a foreign address to lie with, for the time of `lie`. */
export async function pretend<T>(lab: Lab, { node }: Actor, address: Address, lie: () => Promise<T>): Promise<T> {
  const host = `${formatAddress(address)}/${address.family === 4 ? 32 : 128}`;
  const change = async (verb: string, options: readonly string[]) => {
    const argv = ["ip", "address", verb, host, "dev", CLIENT_INTERFACE, ...options];
    const { code, stderr } = await capture(lab, { on: node, argv, timeoutSeconds: 20 });
    if (code !== 0) throw new Error(`${node} can't ${verb} ${host}: ${stderr.trim()}`);
  };
  await change("replace", address.family === 6 ? ["nodad"] : []);
  try {
    return await lie();
  } finally {
    await change("delete", []);
  }
}

/** Whether the two have shaken hands since the tunnel was brought up, or `shakeHands` was called. */
async function hasHandshake(lab: Lab, { node }: Actor): Promise<boolean> {
  const argv = ["wg", "show", CLIENT_INTERFACE, "latest-handshakes"];
  const { stdout } = await capture(lab, { on: node, argv, timeoutSeconds: 20 });
  return /\t[1-9]\d*\s*$/m.test(stdout);
}

/**
 * An address whose packets enter the tunnel as it was handed out: the server's, else the first host of a network. Undefined
 * for a client whose profile reaches nothing.
 */
export function wayIn({ plan, peer }: Pick<Actor, "plan" | "peer">): Address | undefined {
  const routes = clientRoutes(plan, peer);
  const server = plan.addresses.find((own) => routes.some((route) => contains(route, own)));
  const [first] = routes;
  if (server !== undefined || first === undefined) return server;
  const { family, value, length } = first;
  return { family, value: addressBits(family) - length > 1 ? value + 1n : value };
}

/** Has the client send anything, so that the server knows where it is. False when that brings no handshake in 30 s. */
export async function wake(stage: Stage, actor: Actor, signal?: AbortSignal): Promise<boolean> {
  const { prober } = await stage.host(actor.node);
  const [server] = actor.plan.addresses;
  const inside = wayIn(actor);
  // Who reaches nothing will be tried with forbidden packets only, and is widened for those anyway.
  if (inside === undefined) await widen(stage.lab, actor);
  const target = inside ?? server;
  const to: SocketAddress = { protocol: "udp", address: target ? formatAddress(target) : "", port: DISCARD };
  for (const end = Date.now() + WAKE_MS; Date.now() < end && !signal?.aborted; await sleep(100)) {
    await ask(prober, { to, timeoutMs: 100 });
    if (await hasHandshake(stage.lab, actor)) return true;
  }
  return false;
}

/** Has the client forget its session and begin another: that needs both ends, and no policy has a say in it. As `wake`. */
export async function shakeHands(stage: Stage, actor: Actor, signal?: AbortSignal): Promise<boolean> {
  const script = ["set -e", 'config=$(wg showconf "$1")', 'printf \'%s\\n\' "$config" | wg setconf "$1" /dev/stdin'];
  const argv = ["sh", "-c", script.join("\n"), "sh", CLIENT_INTERFACE];
  const { code, stderr } = await capture(stage.lab, { on: actor.node, argv, timeoutSeconds: 20 });
  if (code !== 0) throw new Error(`${actor.node} can't forget its session: ${stderr.trim()}`);
  return wake(stage, actor, signal);
}
