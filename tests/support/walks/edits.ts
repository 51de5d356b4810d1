import { createHash } from "node:crypto";
import type { PublicKey } from "../../../core/net/key.ts";
import { publicKeyOf } from "../../../project/key-ring.ts";
import type { Random } from "../random.ts";
import { domainOf, type Intent, type WalkClient, type WalkInterface } from "./intent.ts";

/** One thing that a person changes; undefined when there is nothing of the kind to change. */
type Edit = (intent: Intent, random: Random) => Intent | undefined;

const MOST_CLIENTS = 8;
const MOST_INTERFACES = 3;
const INTERFACES = ["wg0", "wg1", "wg2", "wg3"];
const CLIENTS = "laptop phone tablet tv console branch depot radio printer camera".split(" ");
const PORTS = [51820, 51821, 51822, 51823, 40000, 40001];
const NETWORKS4 = ["10.66.0.0/24", "10.67.0.0/24", "10.68.0.0/20", "10.69.0.0/28", "198.41.0.0/24"];
const NETWORKS6 = ["fd00:66::/64", "fd00:67::/112", "fd00:68::/64", "fd00:69::/120"];
const MTUS = [1280, 1380, 1400, 1420, 1500];
const REACHED = [["tcp/22"], ["tcp/80-90", "tcp/85-443"], ["udp/53", "icmp"], ["icmp"], ["udp/5000-5010"], []];
/** Some by another way out, some of it reached as well as behind a client. */
const SUBNETS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  lan: [["192.168.1.0/24", "fd00:1::/64"], ["192.168.1.0/24"], ["fd00:1::/64"], ["192.168.1.64/26"]],
  dmz: [["198.18.5.0/24"], ["203.0.113.0/24", "2001:db8:9::/64"]],
  s0: [["192.168.50.0/24"], ["192.168.50.0/25", "192.168.50.128/25"], ["192.168.50.7/32"], ["fd00:50::/64"]],
  s1: [["192.168.51.0/24", "fd00:51::/64"], ["192.168.51.0/24"], ["fd00:51::/64", "fd00:52::/64"]],
  s2: [["192.168.60.0/22"], ["192.168.61.0/24"], ["fd00:60::/60"]],
};

/** A key pair that somebody made elsewhere: of the public half alone we know. */
function strangersKey(random: Random): PublicKey {
  return publicKeyOf(
    createHash("sha256")
      .update(`stranger ${random.below(2 ** 32)}`)
      .digest(),
  );
}

function withClient(intent: Intent, random: Random, change: (client: WalkClient) => Partial<WalkClient>) {
  if (intent.clients.length === 0) return undefined;
  const chosen = random.one(intent.clients);
  const clients = intent.clients.map((client) => (client === chosen ? { ...client, ...change(client) } : client));
  return { ...intent, clients };
}

function withInterface(intent: Intent, random: Random, change: (wg: WalkInterface) => Partial<WalkInterface>) {
  const [name, wg] = random.one(Object.entries(intent.interfaces));
  return { ...intent, interfaces: { ...intent.interfaces, [name]: { ...wg, ...change(wg) } } };
}

function withProfile(intent: Intent, random: Random, change: (lines: Lines, random: Random) => Lines | undefined) {
  const [name, lines] = random.one(Object.entries(intent.profiles));
  const changed = change(lines, random);
  return changed && { ...intent, profiles: { ...intent.profiles, [name]: changed } };
}
type Lines = Intent["profiles"][string];

const networks = (random: Random): readonly string[] => {
  const both = [random.one(NETWORKS4), random.one(NETWORKS6)];
  return random.one([both, both.slice(0, 1), both.slice(1)]);
};

function add(intent: Intent, random: Random): Intent | undefined {
  const names = CLIENTS.filter((name) => intent.clients.every((client) => client.name !== name));
  if (intent.clients.length >= MOST_CLIENTS) return undefined;
  const place = { wg: random.one(Object.keys(intent.interfaces)), profile: random.one(Object.keys(intent.profiles)) };
  const publicKey = random.below(6) === 0 ? strangersKey(random) : undefined;
  const client = { name: random.one(names), ...place, epoch: 1, pskEpoch: 1, publicKey, subnets: [] };
  return { ...intent, clients: [...intent.clients, client] };
}

function remove(intent: Intent, random: Random): Intent | undefined {
  if (intent.clients.length === 0) return undefined;
  const gone = random.one(intent.clients);
  return { ...intent, clients: intent.clients.filter((client) => client !== gone) };
}

function move(intent: Intent, random: Random): Intent | undefined {
  const isProfile = random.below(2) === 0;
  return withClient(intent, random, ({ wg, profile }) =>
    isProfile
      ? { profile: random.one(Object.keys(intent.profiles).filter((name) => name !== profile)) }
      : { wg: random.one(Object.keys(intent.interfaces).filter((name, _, all) => name !== wg || all.length === 1)) },
  );
}

function rotate(intent: Intent, random: Random): Intent | undefined {
  const what = random.below(3);
  if (what === 0) return withInterface(intent, random, ({ epoch }) => ({ epoch: epoch + 1 }));
  return withClient(intent, random, ({ epoch, pskEpoch }) =>
    what === 1 ? { epoch: epoch + 1 } : { pskEpoch: pskEpoch + 1 },
  );
}

function widen(lines: Lines, random: Random): Lines | undefined {
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

function narrow(lines: Lines, random: Random): Lines | undefined {
  const chosen = random.one(lines);
  const fewer = chosen.ports.length === 0 ? random.one(REACHED) : chosen.ports.slice(1);
  if (fewer.length > 0 && random.below(2) === 0) {
    return lines.map((line) => (line === chosen ? { ...line, ports: fewer } : line));
  }
  return lines.length === 1 ? undefined : lines.filter((line) => line !== chosen);
}

function site(intent: Intent, random: Random): Intent | undefined {
  const names = Object.keys(intent.subnets);
  return withClient(intent, random, ({ subnets }) => ({ subnets: subnets.length > 0 ? [] : random.some(names, 0.4) }));
}

function subnet(intent: Intent, random: Random): Intent | undefined {
  const [name, choices] = random.one(Object.entries(SUBNETS));
  if (intent.subnets[name] === undefined || random.below(3) > 0) {
    return { ...intent, subnets: { ...intent.subnets, [name]: random.one(choices) } };
  }
  const { [name]: _gone, ...subnets } = intent.subnets;
  const profiles = Object.entries(intent.profiles).map(([own, lines]) => [own, lines.filter(({ to }) => to !== name)]);
  const clients = intent.clients.map((client) => ({
    ...client,
    subnets: client.subnets.filter((own) => own !== name),
  }));
  return { ...intent, subnets, profiles: Object.fromEntries(profiles), clients };
}

function interfaces(intent: Intent, random: Random): Intent | undefined {
  const names = Object.keys(intent.interfaces);
  if (names.length > 1 && random.below(2) === 0) {
    const gone = random.one(names);
    const { [gone]: _gone, ...rest } = intent.interfaces;
    const stay = random.below(2) === 0 ? random.one(Object.keys(rest)) : undefined;
    const moved = intent.clients.flatMap((client) => {
      if (client.wg !== gone) return [client];
      return stay === undefined ? [] : [{ ...client, wg: stay }];
    });
    return { ...intent, interfaces: rest, clients: moved };
  }
  if (names.length >= MOST_INTERFACES) return undefined;
  const implementation = random.one(["wireguard-go", "boringtun"] as const);
  const presharedKeys = random.one(["on", "off"] as const);
  const fresh = { port: random.one(PORTS), network: networks(random), epoch: 1, mtu: random.one(MTUS) };
  const name = random.one(INTERFACES.filter((one) => !names.includes(one)));
  return { ...intent, interfaces: { ...intent.interfaces, [name]: { ...fresh, implementation, presharedKeys } } };
}

const EDITS: Readonly<Record<string, Edit>> = {
  add,
  remove,
  move,
  rotate,
  key: (intent, random) =>
    withClient(intent, random, ({ publicKey }) => ({ publicKey: publicKey ? undefined : strangersKey(random) })),
  widen: (intent, random) => withProfile(intent, random, widen),
  narrow: (intent, random) => withProfile(intent, random, narrow),
  site,
  subnet,
  port: (intent, random) => withInterface(intent, random, () => ({ port: random.one(PORTS) })),
  network: (intent, random) => withInterface(intent, random, () => ({ network: networks(random) })),
  mtu: (intent, random) => withInterface(intent, random, () => ({ mtu: random.one(MTUS) })),
  implementation: (intent, random) =>
    withInterface(intent, random, ({ implementation }) => ({
      implementation: implementation === "boringtun" ? "wireguard-go" : "boringtun",
    })),
  interface: interfaces,
  nat: (intent) => ({ ...intent, nat: intent.nat === "on" ? "off" : "on" }),
  psk: (intent, random) =>
    withInterface(intent, random, ({ presharedKeys }) => ({ presharedKeys: presharedKeys === "on" ? "off" : "on" })),
};
/** What happens more often in life happens more often here. */
const KINDS = [...Object.keys(EDITS), ..."add add remove move rotate widen narrow site interface".split(" ")];
const MOST_EDITS = 4;

export interface Step {
  readonly intent: Intent;
  /** What was done, in order: `add`, `move`, … or `return`. */
  readonly kinds: readonly string[];
}

/** The next intent: one to four edits that the loader has nothing against, or now and then an earlier one again. */
export function nextStep(current: Intent, earlier: readonly Intent[], random: Random): Step {
  if (earlier.length > 0 && random.below(12) === 0) return { intent: random.one(earlier), kinds: ["return"] };
  const count = 1 + random.below(MOST_EDITS);
  const kinds: string[] = [];
  let intent = current;
  while (kinds.length < count) {
    const kind = random.one(KINDS);
    const next = EDITS[kind]?.(intent, random);
    if (next === undefined || JSON.stringify(next) === JSON.stringify(intent) || !domainOf(next)) continue;
    intent = next;
    kinds.push(kind);
  }
  return { intent, kinds };
}
