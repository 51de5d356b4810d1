import type { Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { HEADER_BYTES } from "./sender.ts";
import { udpSocket } from "./udp-socket.ts";

// The receiving half of a numbered stream, inside a namespace.

export interface ReceiveOrder {
  readonly stream: number;
  readonly address: string;
  readonly port: number;
}

export interface ReceiveReport {
  /** Different numbers seen, from the one that counting began with. */
  readonly received: number;
  readonly duplicates: number;
  /** Longest time without a packet, up to the stop. */
  readonly longestGapSeconds: number;
  /** What the system threw away because this program did not fetch it in time: lost here, not on the way. */
  readonly overrun: number;
  /** The first numbers that never came, at most ten. */
  readonly missing: readonly number[];
}

interface Receiving {
  readonly socket: Socket;
  readonly order: ReceiveOrder;
  /** One byte per number. */
  seen: Uint8Array;
  first: number;
  received: number;
  duplicates: number;
  longestGap: bigint;
  last: bigint;
  overrunBefore: number;
}

const receivings = new Map<number, Receiving>();

// After the last packet was sent: wait for stragglers until nothing has come for QUIET_MS, at most DRAIN_MS.
const QUIET_MS = 500;
const DRAIN_MS = 5000;
const BUFFER_BYTES = 4 << 20;

export const receiveVerbs = {
  receiveStart: (order: ReceiveOrder): Promise<void> => start(order),
  receiveCount: ({ stream }: { readonly stream: number }): number => find(stream).received,
  /** Counts from now on, and only numbers from `first` on; those of them that have come already stay counted. */
  receiveFrom: ({ stream, first }: { readonly stream: number; readonly first: number }): void => {
    const receiving = find(stream);
    const received = receiving.seen.subarray(first).reduce((sum, seen) => sum + seen, 0);
    const fresh = { first, received, duplicates: 0, longestGap: 0n, last: process.hrtime.bigint() };
    Object.assign(receiving, fresh, { overrunBefore: overrun(receiving.order) });
  },
  receiveStop: ({ stream, sent }: { readonly stream: number; readonly sent: number }): Promise<ReceiveReport> =>
    stop(find(stream), sent),
};

function start(order: ReceiveOrder): Promise<void> {
  const socket = udpSocket(order.address);
  const receiving: Receiving = {
    socket,
    order,
    seen: new Uint8Array(1 << 16),
    first: 0,
    received: 0,
    duplicates: 0,
    longestGap: 0n,
    last: process.hrtime.bigint(),
    overrunBefore: 0,
  };
  socket.on("message", (message) => take(receiving, message));
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.bind({ address: order.address, port: order.port }, () => {
      // The system gives what its limit allows.
      socket.setRecvBufferSize(BUFFER_BYTES);
      receivings.set(order.stream, receiving);
      resolve();
    });
  });
}

function take(receiving: Receiving, message: Buffer): void {
  if (message.length < HEADER_BYTES || message.readUInt32BE(0) !== receiving.order.stream) return;
  const number = message.readUInt32BE(4);
  if (number < receiving.first) return;
  noteGap(receiving);
  while (number >= receiving.seen.length) {
    const wider = new Uint8Array(receiving.seen.length * 2);
    wider.set(receiving.seen);
    receiving.seen = wider;
  }
  if (receiving.seen[number]) receiving.duplicates++;
  else receiving.received++;
  receiving.seen[number] = 1;
}

function noteGap(receiving: Receiving): void {
  const now = process.hrtime.bigint();
  const gap = now - receiving.last;
  if (gap > receiving.longestGap) receiving.longestGap = gap;
  receiving.last = now;
}

async function stop(receiving: Receiving, sent: number): Promise<ReceiveReport> {
  // A stream that died half-way has its longest gap at the end. Stragglers after this add none.
  noteGap(receiving);
  const longestGapSeconds = Number(receiving.longestGap) / 1e9;
  const deadline = Date.now() + DRAIN_MS;
  let quietSince = Date.now();
  let count = receiving.received;
  while (receiving.received < sent - receiving.first && Date.now() < deadline && Date.now() - quietSince < QUIET_MS) {
    await sleep(20);
    if (receiving.received !== count) quietSince = Date.now();
    count = receiving.received;
  }
  const overrunNow = overrun(receiving.order);
  receiving.socket.close();
  receivings.delete(receiving.order.stream);
  const { received, duplicates, overrunBefore } = receiving;
  return {
    received,
    duplicates,
    longestGapSeconds,
    overrun: overrunNow - overrunBefore,
    missing: missing(receiving, sent),
  };
}

function missing({ seen, first }: Receiving, sent: number): number[] {
  const numbers: number[] = [];
  for (let number = first; number < sent && numbers.length < 10; number++) if (!seen[number]) numbers.push(number);
  return numbers;
}

/** Column `drops` of our sockets on that port. */
function overrun({ address, port }: ReceiveOrder): number {
  const table = readFileSync(`/proc/self/net/udp${address.includes(":") ? "6" : ""}`, "utf8");
  const mark = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = table.split("\n").map((row) => row.trim().split(/\s+/));
  return rows.filter((row) => row[1]?.endsWith(mark)).reduce((sum, row) => sum + Number(row.at(-1)), 0);
}

function find(stream: number): Receiving {
  const receiving = receivings.get(stream);
  if (!receiving) throw new Error(`no stream ${stream} is being received here`);
  return receiving;
}
