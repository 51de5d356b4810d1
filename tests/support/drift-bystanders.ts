import { formatAddress } from "../../core/net/address.ts";
import { execution } from "../../core/plan/stack.ts";
import type { InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import { renderClient } from "../../core/render/client.ts";
import { addClient, clientUp } from "../../lab/client.ts";
import { type Prober, placeOf, startProber } from "../../lab/prober.ts";
import { capture } from "../../lab/run.ts";
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

export interface Loss extends Pick<StreamResult, "lost" | "longestGapSeconds"> {
  /** When something was lost: which numbers, and all that was counted meanwhile, so that it shows where. */
  readonly clues: readonly string[];
}

/** Packets, errors and drops of each link, what UDP counts, and when the peers last shook hands: lines of a name and a number. */
const COUNTERS = `
awk 'NR > 2 { sub(":", " "); n = $1; print n ".rx", $3; print n ".rx-errors", $4; print n ".rx-dropped", $5
  print n ".tx", $11; print n ".tx-errors", $12; print n ".tx-dropped", $13 }' /proc/net/dev
awk '/^Udp:/ { if (n++) for (i = 2; i <= NF; i++) print "udp." name[i], $i; else split($0, name, " ") }' /proc/net/snmp
timeout 5 wg show all latest-handshakes | awk '{ print $1 ".handshake." substr($2, 1, 8), $3 }'`;

export async function startBystanders(lab: Lab, stack: Stack, client: string): Promise<Bystanders> {
  const server = startProber(placeOf(lab, stack.plan.server));
  const probers: Prober[] = [server];
  const nodes = [stack.plan.server];
  const orders: (StreamOrder & { readonly on: string })[] = [];
  for (const [i, wg] of stack.plan.interfaces.entries()) {
    const peer = peerOf(wg, client);
    const node = await plugIn(lab, stack, wg, client);
    const prober = startProber(placeOf(lab, node));
    probers.push(prober);
    nodes.push(node);
    const rate = { on: wg.name, port: FIRST_PORT + i, packetsPerSecond: PACKETS_PER_SECOND };
    orders.push({ ...rate, from: prober, to: server, address: formatAddress(wg.addresses[0] ?? stack.plan.address) });
    orders.push({ ...rate, from: server, to: prober, address: formatAddress(peer.addresses[0] ?? stack.plan.address) });
  }
  return {
    async start() {
      const before = await counted(lab, nodes);
      const streams = await startEach(orders);
      return {
        async stop(name, wasInterrupted) {
          const again = orders.filter(({ on }) => wasInterrupted && on === name);
          const fault = await flowsAgain(again);
          const losses = await stopAll(streams);
          if (fault !== undefined) throw fault;
          const isLossy = losses.some(({ lost }) => lost > 0);
          const changes = isLossy ? changed(before, await counted(lab, nodes)) : [];
          const pick = (isOwn: boolean) =>
            sum(
              losses.filter((_, i) => (orders[i]?.on === name) === isOwn),
              changes,
            );
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

interface Flow extends Stream {
  readonly order: StreamOrder;
}

/** All, or none. */
async function startEach(orders: readonly StreamOrder[]): Promise<readonly Flow[]> {
  const tried = await Promise.allSettled(orders.map(async (order) => ({ order, ...(await startStream(order)) })));
  const streams = tried.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = tried.find((one) => one.status === "rejected");
  if (failed === undefined) return streams;
  await stopAll(streams);
  throw failed.reason;
}

async function stopAll(streams: readonly Flow[]): Promise<readonly Loss[]> {
  return Promise.all(streams.map(async ({ order, stop }) => loss(order, await stop())));
}

function sum(list: readonly Loss[], changes: readonly string[]): Loss {
  const lost = list.reduce((total, one) => total + one.lost, 0);
  return {
    lost,
    longestGapSeconds: Math.max(0, ...list.map((one) => one.longestGapSeconds)),
    clues: lost === 0 ? [] : [...list.flatMap(({ clues }) => clues), ...changes],
  };
}

/** What the receiver's own buffer dropped was not lost on the way. */
function loss({ address, port }: StreamOrder, result: StreamResult): Loss {
  const { lost, overrun, longestGapSeconds, sent, missing, refused } = result;
  const clue = `to ${address} port ${port}: missing of ${sent} ${missing.join(" ")}, refused ${JSON.stringify(refused)}`;
  return { lost: Math.max(0, lost - overrun), longestGapSeconds, clues: lost > overrun ? [clue] : [] };
}

type Counts = ReadonlyMap<string, number>;

async function counted(lab: Lab, nodes: readonly string[]): Promise<Counts> {
  const lists = nodes.map(async (on) => {
    const { stdout } = await capture(lab, { on, argv: ["sh", "-c", COUNTERS] });
    const rows = stdout.trim().split("\n");
    return rows.map((row) => [`${on} ${row.split(" ")[0]}`, Number(row.split(" ")[1])] as const);
  });
  return new Map((await Promise.all(lists)).flat());
}

function changed(before: Counts, after: Counts): readonly string[] {
  const differences = [...after].map(([name, now]) => [name, now - (before.get(name) ?? 0)] as const);
  return differences
    .filter(([, change]) => change !== 0)
    .map(([name, change]) => `${name} ${change > 0 ? "+" : ""}${change}`);
}
