import type { Socket } from "node:dgram";
import { udpSocket } from "./udp-socket.ts";

// The sending half of a numbered stream, inside a namespace.

export interface SendOrder {
  /** Names the stream in later orders. */
  readonly stream: number;
  readonly address: string;
  readonly port: number;
  readonly source?: string;
  readonly packetsPerSecond: number;
  /** UDP payload, at least 8. */
  readonly bytes: number;
}

export interface SendReport {
  /** Packets handed to the system; the next one gets this number. */
  readonly sent: number;
  /** Those that it refused, by error code. They count as sent, and so as lost. */
  readonly refused: Readonly<Record<string, number>>;
}

interface Sending {
  readonly socket: Socket;
  readonly timer: NodeJS.Timeout;
  sent: number;
  readonly refused: Record<string, number>;
}

/** Bytes in front of each payload: the stream, then the packet's number. */
export const HEADER_BYTES = 8;

// A sender that was kept waiting must not catch up in one burst: that would overrun the receiver and read as loss.
const MOST_AT_ONCE = 64;

const sendings = new Map<number, Sending>();

export const sendVerbs = {
  sendStart: (order: SendOrder): Promise<void> => start(order),
  sendReport: ({ stream }: { readonly stream: number }): SendReport => report(find(stream)),
  sendStop: ({ stream }: { readonly stream: number }): SendReport => {
    const sending = find(stream);
    clearInterval(sending.timer);
    sending.socket.close();
    sendings.delete(stream);
    return report(sending);
  },
};

function start(order: SendOrder): Promise<void> {
  const socket = udpSocket(order.address);
  const payload = Buffer.alloc(Math.max(order.bytes, HEADER_BYTES));
  payload.writeUInt32BE(order.stream, 0);
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    const source = order.source ?? (order.address.includes(":") ? "::" : "0.0.0.0");
    socket.bind({ address: source, port: 0 }, () => {
      socket.off("error", reject);
      sendings.set(order.stream, pace(order, socket, payload));
      resolve();
    });
  });
}

/** Sends what is due, every millisecond or so, by the time that has passed: the timer itself is coarse. */
function pace(order: SendOrder, socket: Socket, payload: Buffer): Sending {
  let due = 0;
  let last = process.hrtime.bigint();
  const refused: Record<string, number> = {};
  const note = (error: NodeJS.ErrnoException | null) => {
    if (error) refused[error.code ?? "error"] = (refused[error.code ?? "error"] ?? 0) + 1;
  };
  const timer = setInterval(() => {
    const now = process.hrtime.bigint();
    due = Math.min(due + (Number(now - last) / 1e9) * order.packetsPerSecond, MOST_AT_ONCE);
    last = now;
    for (; due >= 1; due--) {
      payload.writeUInt32BE(sending.sent++, 4);
      // The system copies it only when it takes it, which may be later.
      socket.send(Buffer.from(payload), order.port, order.address, note);
    }
  }, 1);
  const sending: Sending = { socket, timer, sent: 0, refused };
  // A refusal arrives with its packet; anything else here would end the agent.
  socket.on("error", note);
  return sending;
}

function report({ sent, refused }: Sending): SendReport {
  return { sent, refused };
}

function find(stream: number): Sending {
  const sending = sendings.get(stream);
  if (!sending) throw new Error(`no stream ${stream} is being sent here`);
  return sending;
}
