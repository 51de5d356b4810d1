import { createHash } from "node:crypto";
import type { PublicKey } from "../../../core/net/key.ts";
import { publicKeyOf } from "../../../project/key-ring.ts";
import type { Random } from "../random.ts";
import type { Intent, WalkClient, WalkInterface } from "./intent.ts";
import { narrow, widen } from "./profile-edits.ts";

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

function site(intent: Intent, random: Random): Intent | undefined {
  const names = Object.keys(intent.subnets).filter((name) => name.startsWith("s"));
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

/** Another one, or two interfaces change places. */
function network(intent: Intent, random: Random): Intent | undefined {
  const [one, other] = random.some(Object.entries(intent.interfaces), 0.7);
  if (one === undefined || other === undefined) {
    return withInterface(intent, random, () => ({ network: networks(random) }));
  }
  const swapped = {
    [one[0]]: { ...one[1], network: other[1].network },
    [other[0]]: { ...other[1], network: one[1].network },
  };
  return { ...intent, interfaces: { ...intent.interfaces, ...swapped } };
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

/** By the word that the summary has for it. */
export const EDITS: Readonly<Record<string, Edit>> = {
  add,
  remove,
  move,
  rotate,
  key: (intent, random) =>
    withClient(intent, random, ({ publicKey }) => ({ publicKey: publicKey ? undefined : strangersKey(random) })),
  widen,
  narrow,
  site,
  subnet,
  port: (intent, random) => withInterface(intent, random, () => ({ port: random.one(PORTS) })),
  network,
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
