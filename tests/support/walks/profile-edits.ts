import type { Random } from "../random.ts";
import type { Intent } from "./intent.ts";

const REACHED = [["tcp/22"], ["tcp/80-90", "tcp/85-443"], ["udp/53", "icmp"], ["icmp"], ["udp/5000-5010"], []];

/** A profile reaches one target more, or more ports of one; undefined when it has them all. */
export function widen(intent: Intent, random: Random): Intent | undefined {
  return withProfile(intent, random, wider);
}

/** The opposite; a profile that reaches nothing is none. */
export function narrow(intent: Intent, random: Random): Intent | undefined {
  return withProfile(intent, random, narrower);
}

function withProfile(intent: Intent, random: Random, change: (lines: Lines, random: Random) => Lines | undefined) {
  const [name, lines] = random.one(Object.entries(intent.profiles));
  const changed = change(lines, random);
  return changed && { ...intent, profiles: { ...intent.profiles, [name]: changed } };
}
type Lines = Intent["profiles"][string];

function wider(lines: Lines, random: Random): Lines | undefined {
  const targets = ["self", "peers", "internet", "lan", "dmz", "s0", "s1", "s2"];
  const more = targets.filter((to) => lines.every((line) => line.to !== to));
  const limited = lines.filter((line) => line.ports.length > 0);
  if (limited.length === 0 || random.below(2) === 0) {
    return more.length === 0 ? undefined : [...lines, { to: random.one(more), ports: random.one(REACHED) }];
  }
  const chosen = random.one(limited);
  const ports = random.below(2) === 0 ? [] : [...new Set([...chosen.ports, ...random.one(REACHED)])];
  return lines.map((line) => (line === chosen ? { ...line, ports } : line));
}

function narrower(lines: Lines, random: Random): Lines | undefined {
  const chosen = random.one(lines);
  const fewer = chosen.ports.length === 0 ? random.one(REACHED) : chosen.ports.slice(1);
  if (fewer.length > 0 && random.below(2) === 0) {
    return lines.map((line) => (line === chosen ? { ...line, ports: fewer } : line));
  }
  return lines.length === 1 ? undefined : lines.filter((line) => line !== chosen);
}
