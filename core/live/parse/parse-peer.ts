import type { LivePeer } from "../types.ts";
import { endpoint, formatSorted, hex, integer, key, networks, orNone } from "./fields.ts";

/**
 * Key, salted hash of the pre-shared key, keepalive, endpoint, last handshake, AllowedIPs; undefined when any is odd.
 * Endpoint and handshake live by themselves and are not kept.
 */
export function readPeer(fields: readonly string[]): LivePeer | undefined {
  const publicKey = key(fields[0]);
  const presharedKeyMac = orNone(fields[1], (text) => hex(text, 64));
  const keepaliveSeconds = integer(fields[2], 0xffff);
  const heardFrom = orNone(fields[3], endpoint);
  const handshakeSeconds = integer(fields[4], Number.MAX_SAFE_INTEGER);
  const allowedIps = networks(fields[5]);
  if (publicKey === undefined || presharedKeyMac === undefined || keepaliveSeconds === undefined) return undefined;
  if (heardFrom === undefined || handshakeSeconds === undefined || allowedIps === undefined) return undefined;
  if (fields.length > 6) return undefined;
  return {
    publicKey,
    ...(presharedKeyMac === "" ? {} : { presharedKeyMac }),
    keepaliveSeconds,
    allowedIps: formatSorted(allowedIps),
  };
}
