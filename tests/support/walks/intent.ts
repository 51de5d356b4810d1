import { load } from "../../../core/domain/load.ts";
import type { Domain } from "../../../core/domain/types.ts";
import { compile } from "../../../core/plan/compile.ts";
import { checkStack, parseStackConfig, type StackConfig } from "../../../core/plan/stack.ts";
import type { Lock, ServerPlan } from "../../../core/plan/types.ts";

/** What a person could write down of one server, in the parts that a walk changes. */
export interface Intent {
  readonly interfaces: Readonly<Record<string, WalkInterface>>;
  readonly subnets: Readonly<Record<string, readonly string[]>>;
  readonly profiles: Readonly<Record<string, readonly WalkReach[]>>;
  readonly clients: readonly WalkClient[];
  readonly nat: "on" | "off";
}

export interface WalkInterface {
  readonly port: number;
  readonly network: readonly string[];
  readonly epoch: number;
  readonly implementation: "wireguard-go" | "boringtun";
  readonly mtu: number;
  readonly presharedKeys: "on" | "off";
}

export interface WalkReach {
  readonly to: string;
  /** Empty is every protocol and port. */
  readonly ports: readonly string[];
}

export interface WalkClient {
  readonly name: string;
  readonly wg: string;
  readonly profile: string;
  readonly epoch: number;
  readonly pskEpoch: number;
  readonly publicKey: string | undefined;
  readonly subnets: readonly string[];
}

export const FIRST_INTENT: Intent = {
  interfaces: {
    wg0: {
      port: 51820,
      network: ["10.66.0.0/24", "fd00:66::/64"],
      epoch: 1,
      implementation: "wireguard-go",
      mtu: 1420,
      presharedKeys: "on",
    },
  },
  subnets: { lan: ["192.168.1.0/24", "fd00:1::/64"], s0: ["192.168.50.0/24"], s1: ["192.168.51.0/24", "fd00:51::/64"] },
  profiles: {
    admin: [
      { to: "lan", ports: [] },
      { to: "self", ports: [] },
    ],
    guest: [{ to: "internet", ports: ["tcp/443"] }],
    mesh: [
      { to: "peers", ports: [] },
      { to: "s0", ports: ["icmp", "tcp/22"] },
    ],
  },
  clients: [],
  nat: "off",
};

/** The intent file: JSON is YAML too. */
function domainText({ interfaces, subnets, profiles, clients }: Intent): string {
  const entries = Object.entries(interfaces).map(([name, { port, network, epoch }]) => [
    name,
    { port, network, epoch },
  ]);
  const reach = (line: WalkReach) => (line.ports.length === 0 ? line.to : line);
  const bindings = [...Map.groupBy(clients, ({ profile, wg }) => `${profile} router/${wg}`)].map(([bound, here]) => {
    const [profile, wg] = bound.split(" ");
    const own = here.map(({ name, epoch, pskEpoch, publicKey, subnets: behind }) => [
      name,
      {
        ...(publicKey === undefined ? { epoch } : { publicKey }),
        ...(behind.length === 0 ? {} : { subnets: behind }),
        pskEpoch,
      },
    ]);
    return { profile, interface: wg, clients: Object.fromEntries(own) };
  });
  const router = { address: "192.168.1.2", endpoint: "vpn.example.net", interfaces: Object.fromEntries(entries) };
  const reaches = Object.entries(profiles).map(([name, lines]) => [name, { reach: lines.map(reach) }]);
  const domain = { version: 1, servers: { router }, subnets, profiles: Object.fromEntries(reaches), bindings };
  return JSON.stringify(domain, undefined, 1);
}

/** The domain, or undefined when the loader has anything against it. */
export function domainOf(intent: Intent): Domain | undefined {
  return load(domainText(intent)).domain;
}

export interface Planned {
  readonly plan: ServerPlan;
  readonly config: StackConfig;
  readonly lock: Lock;
}

/** By the way that an intent file and a stack take: load, compile with the lock of the time before, check the settings. */
export function planned(intent: Intent, before: Lock): Planned {
  const { domain, problems } = load(domainText(intent));
  if (domain === undefined) throw new Error(`the intent has a problem: ${problems[0]?.message}`);
  const { plans, lock, problems: conflicts } = compile(domain, before);
  const interfaces = Object.entries(intent.interfaces).map(([name, { implementation, mtu, presharedKeys }]) => [
    name,
    { implementation, mtu, presharedKeys },
  ]);
  const settings = { server: "router", interfaces: Object.fromEntries(interfaces) };
  const nat = intent.nat === "on" ? { natInterface: "eth0" } : {};
  const { config, problems: faults } = parseStackConfig({ ...settings, ...nat });
  const [plan] = plans;
  const fault = [...conflicts, ...faults, ...(config === undefined ? [] : checkStack(config, plans))][0];
  if (plan === undefined || config === undefined || fault !== undefined) {
    throw new Error(`the intent can't be planned: ${fault?.message}`);
  }
  return { plan, config, lock };
}
