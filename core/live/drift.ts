import type { DiffInput } from "./difference.ts";
import type { Difference } from "./types.ts";

/** What an intent can change too, by the word that the helper has for it. */
const WORDS: Readonly<Record<string, string>> = {
  implementation: "implementation",
  privateKey: "key",
  port: "port",
  mtu: "mtu",
  addresses: "address",
  routes: "route",
};

/**
 * Tells drift from change while the plan is ahead of the device: a property that the helper finds as it was confirmed
 * differs because the intent did. What no intent changes by itself (link down, daemon, policy, sysctls) is always drift.
 * A link without anything confirmed is a stranger's, or lost its record: all of that is told too. A first change that
 * awaits its confirmation is none of both.
 */
export function driftBeside({ plan, keys, live }: DiffInput, differences: readonly Difference[]): Difference[] {
  if (live?.record === undefined || live.record.revision === "") {
    return live?.link === undefined || live.record?.pending !== undefined ? [] : [...differences];
  }
  const unlike = live.unlike ?? new Set<string>();
  const strays = [...unlike].filter((word) => word.startsWith("peer ")).map((word) => word.slice("peer ".length));
  const namesOf = new Map<string, string>(plan.peers.map((peer) => [keys.peerPublicKey(peer.key), peer.name]));
  const drifted = new Set(strays.map((key) => `peers.${namesOf.get(key) ?? `${key.slice(0, 8)}…`}`));
  return differences.filter(({ property }) => {
    const peer = /^peers\.[^.]+/.exec(property)?.[0];
    if (peer !== undefined) return drifted.has(peer);
    const word = WORDS[property];
    return word === undefined || unlike.has(word);
  });
}
