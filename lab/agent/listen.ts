import { createServer, type Socket } from "node:net";
import { codeOf, type SocketAddress } from "./socket-address.ts";
import { udpSocket } from "./udp-socket.ts";

/** What ends each listener, by what it listens on. */
const listeners = new Map<string, () => void>();
const keyOf = ({ protocol, address, port }: SocketAddress): string => `${protocol} ${address} ${port}`;

/** Echoes whatever arrives at exactly this address. `busy` when somebody else listens there already. */
export async function listen(at: SocketAddress): Promise<{ readonly busy: boolean }> {
  if (listeners.has(keyOf(at))) return { busy: false };
  try {
    listeners.set(keyOf(at), at.protocol === "tcp" ? await echoTcp(at) : await echoUdp(at));
    return { busy: false };
  } catch (error) {
    if (codeOf(error) === "EADDRINUSE") return { busy: true };
    throw error;
  }
}

export function unlisten(at: SocketAddress): void {
  listeners.get(keyOf(at))?.();
  listeners.delete(keyOf(at));
}

function echoTcp({ address, port }: SocketAddress): Promise<() => void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen({ host: address, port, ipv6Only: true }, () => resolve(close));
  });
}

function echoUdp({ address, port }: SocketAddress): Promise<() => void> {
  const socket = udpSocket(address);
  socket.on("message", (message, from) => socket.send(message, from.port, from.address, () => undefined));
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.bind({ address, port }, () => resolve(() => socket.close()));
  });
}
