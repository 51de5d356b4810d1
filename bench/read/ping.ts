import type { Reading, ToolOutput } from "../model.ts";
import { orSkip } from "../reading.ts";

/**
 * Reads `ping -c 1` together with the `wg show IF latest-handshakes` from before it: only where no handshake had been made
 * was the handshake part of the first round trip.
 */
export function parseFirstAnswer(handshakes: ToolOutput, ping: ToolOutput): Reading {
  if (/\t[1-9]\d*$/m.test(handshakes.stdout)) return { skipped: "the client had shaken hands before its first packet" };
  const milliseconds = ping.stdout.match(/^\d+ bytes from .* time=([\d.]+) ms/m)?.[1];
  return orSkip(milliseconds === undefined ? undefined : Number(milliseconds) / 1000, "ping got no answer");
}
