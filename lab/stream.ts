import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReceiveReport } from "./agent/receiver.ts";
import type { SendReport } from "./agent/sender.ts";
import type { Prober } from "./prober.ts";

/** Numbered UDP packets from one place to another at a steady rate. */
export interface StreamOrder {
  readonly from: Prober;
  readonly to: Prober;
  /** Where the receiver listens, and the address that the sender dials. */
  readonly address: string;
  readonly port: number;
  /** The sender's own address; the system's choice when undefined. */
  readonly source?: string;
  readonly packetsPerSecond: number;
  /** UDP payload, default 64, at least 8. */
  readonly bytes?: number;
  /** How long `startStream` waits for the first packet; default 15. */
  readonly waitSeconds?: number;
}

export interface StreamResult extends ReceiveReport {
  readonly sent: number;
  /** Sent and never seen, those that the sender's own system refused included. */
  readonly lost: number;
  readonly refused: SendReport["refused"];
}

export interface Stream {
  /** Ends sending, waits for stragglers (at most 5 s), closes both ends. */
  readonly stop: () => Promise<StreamResult>;
}

/**
 * Starts a stream that is expected to arrive, and counts from when it flows: loss before the first handshake is nobody's
 * fault. Throws when nothing arrives in time.
 */
export async function startStream(order: StreamOrder): Promise<Stream> {
  const { stream, first, stop } = await begin(order);
  const { waitSeconds = 15 } = order;
  try {
    const deadline = Date.now() + waitSeconds * 1000;
    while (Number(await order.to.call("receiveCount", { stream })) === 0) {
      if (Date.now() > deadline) throw new Error(`${nameOf(order)}: nothing arrived in ${waitSeconds} s`);
      await sleep(20);
    }
    const { sent } = await sendReport(order, "sendReport", stream);
    first.number = sent;
    await order.to.call("receiveFrom", { stream, first: sent });
    return { stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

/** Starts a stream that must not arrive: `received` of its result is what leaked. */
export async function startFlood(order: StreamOrder): Promise<Stream> {
  const { stop } = await begin(order);
  return { stop };
}

interface Begun extends Stream {
  readonly stream: number;
  /** Counting starts with this packet. */
  readonly first: { number: number };
}

async function begin(order: StreamOrder): Promise<Begun> {
  const stream = randomInt(2 ** 32);
  const first = { number: 0 };
  const { from, to, address, port, source, packetsPerSecond, bytes = 64 } = order;
  await to.call("receiveStart", { stream, address, port });
  try {
    await from.call("sendStart", { stream, address, port, source, packetsPerSecond, bytes });
  } catch (error) {
    await to.call("receiveStop", { stream, sent: 0 });
    throw error;
  }
  const stop = async (): Promise<StreamResult> => {
    const { sent, refused } = await sendReport(order, "sendStop", stream);
    const report = (await to.call("receiveStop", { stream, sent })) as ReceiveReport;
    const counted = sent - first.number;
    return { ...report, sent: counted, lost: counted - report.received, refused };
  };
  return { stream, first, stop };
}

async function sendReport(order: StreamOrder, verb: "sendReport" | "sendStop", stream: number): Promise<SendReport> {
  return (await order.from.call(verb, { stream })) as SendReport;
}

function nameOf({ from, to, address, port }: StreamOrder): string {
  return `stream from ${from.place.name} to ${to.place.name}, ${address} port ${port}`;
}
