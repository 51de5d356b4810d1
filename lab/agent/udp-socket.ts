import { createSocket, type Socket } from "node:dgram";

/** A datagram socket of the address's family; the IPv6 one leaves IPv4 to others. */
export function udpSocket(address: string): Socket {
  return createSocket(address.includes(":") ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
}
