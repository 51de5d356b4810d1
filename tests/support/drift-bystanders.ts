import { formatAddress } from "../../core/net/address.ts";
import { execution } from "../../core/plan/stack.ts";
import type { InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import { renderClient } from "../../core/render/client.ts";
import { addClient, clientUp } from "../../lab/client.ts";
import { type Prober, placeOf, startProber } from "../../lab/prober.ts";
import type { Lab } from "../../lab/state.ts";
import { type Stream, type StreamOrder, type StreamResult, startStream } from "../../lab/stream.ts";
import type { Stack } from "../../project/stack.ts";

const PACKETS_PER_SECOND = 500;
const FIRST_PORT = 7100;

/** Clients that nobody does anything to, one on each interface, each with a stream of numbered packets to the server and one back. */
export interface Bystanders {
  /** All streams flow. */
  readonly start: () => Promise<{
    /** What the stream on that interface lost on the way, and what all others did. Where it may have been interrupted, it must flow again first. */
    readonly stop: (name: string, wasInterrupted: boolean) => Promise<readonly [own: Loss, others: Loss]>;
  }>;
  readonly close: () => Promise<void>;
}

export type Loss = Pick<StreamResult, "lost" | "longestGapSeconds">;

export async function startBystanders(lab: Lab, stack: Stack, client: string): Promise<Bystanders> {
  const server = startProber(placeOf(lab, stack.plan.server));
  const probers: Prober[] = [server];
  const orders: (StreamOrder & { readonly on: string })[] = [];
  for (const [i, wg] of stack.plan.interfaces.entries()) {
    const peer = peerOf(wg, client);
    const prober = startProber(placeOf(lab, await plugIn(lab, stack, wg, client)));
    probers.push(prober);
    const rate = { on: wg.name, port: FIRST_PORT + i, packetsPerSecond: PACKETS_PER_SECOND };
    orders.push({ ...rate, from: prober, to: server, address: formatAddress(wg.addresses[0] ?? stack.plan.address) });
    orders.push({ ...rate, from: server, to: prober, address: formatAddress(peer.addresses[0] ?? stack.plan.address) });
  }
  return {
    async start() {
      const streams = await startEach(orders);
      return {
        async stop(name, wasInterrupted) {
          const again = orders.filter(({ on }) => wasInterrupted && on === name);
          const fault = await flowsAgain(again);
          const losses = await stopAll(streams);
          if (fault !== undefined) throw fault;
          const pick = (isOwn: boolean) => sum(losses.filter((_, i) => (orders[i]?.on === name) === isOwn));
          return [pick(true), pick(false)];
        },
      };
    },
    close: async () => {
      await Promise.all(probers.map((prober) => prober.close()));
    },
  };
}

/** A client of that interface in the lab, its tunnel up. Returns its name there. */
export async function plugIn(lab: Lab, stack: Stack, wg: InterfacePlan, client: string): Promise<string> {
  const { plan, keys, config } = stack;
  const name = `${client}-${wg.name}`;
  await addClient(lab, { name, at: "lan" });
  const request = { plan, interface: wg, peer: peerOf(wg, client), keys, execution: execution(config, wg.name) };
  await clientUp(lab, name, { implementation: "wireguard-go", config: renderClient(request) });
  return name;
}

export function peerOf(wg: InterfacePlan, client: string): PeerPlan {
  const peer = wg.peers.find((one) => one.name === client);
  if (peer === undefined) throw new Error(`${wg.path} has no client ${client}`);
  return peer;
}

/** Streams that start anew prove that both ways are open again; the fault says which was not in 15 s. */
async function flowsAgain(orders: readonly StreamOrder[]): Promise<unknown> {
  try {
    await stopAll(await startEach(orders.map((one) => ({ ...one, port: one.port + 50 }))));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** All, or none. */
async function startEach(orders: readonly StreamOrder[]): Promise<readonly Stream[]> {
  const tried = await Promise.allSettled(orders.map(startStream));
  const streams = tried.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = tried.find((one) => one.status === "rejected");
  if (failed === undefined) return streams;
  await stopAll(streams);
  throw failed.reason;
}

async function stopAll(streams: readonly Stream[]): Promise<readonly Loss[]> {
  return Promise.all(streams.map(async (stream) => loss(await stream.stop())));
}

function sum(list: readonly Loss[]): Loss {
  return {
    lost: list.reduce((total, { lost }) => total + lost, 0),
    longestGapSeconds: Math.max(0, ...list.map((one) => one.longestGapSeconds)),
  };
}

/** What the receiver's own buffer dropped was not lost on the way. */
function loss({ lost, overrun, longestGapSeconds }: StreamResult): Loss {
  return { lost: Math.max(0, lost - overrun), longestGapSeconds };
}
