import type { Address } from "../net/address.ts";
import {
  addresses,
  checkAll,
  complaint,
  fromJson,
  integer,
  isRecord,
  named,
  oneOf,
  onOff,
  type SettingProblem,
  text,
} from "./setting.ts";
import type { Execution, Implementation, ServerPlan } from "./types.ts";

/** How and where one server is run: the `wirewright:*` settings of its stack, without the root secret. */
export interface StackConfig {
  /** Path of the intent file, relative to the project. */
  readonly domain: string;
  readonly server: string;
  readonly sshUser: string;
  readonly sshPort: number;
  readonly sshIdentity?: string;
  readonly sshKnownHosts?: string;
  readonly rootSecretFile?: string;
  readonly probe: "required" | "warn" | "off";
  readonly implementation: Implementation;
  /** Bytes. */
  readonly mtu: number;
  /** Seconds, for clients; 0 is off. */
  readonly keepalive: number;
  readonly presharedKeys: "on" | "off";
  /** What differs on one interface, by its name. */
  readonly interfaces: ReadonlyMap<string, InterfaceSettings>;
  readonly clientDns: readonly Address[];
  readonly natInterface?: string;
  readonly confirmSeconds: number;
}

export interface InterfaceSettings {
  readonly implementation?: Implementation;
  readonly mtu?: number;
  readonly keepalive?: number;
  readonly presharedKeys?: "on" | "off";
}

// No control characters and no line ends of Unicode: paths are shown in messages.
const path = text(/^[^\p{C}\p{Zl}\p{Zp}]{1,4096}$/u, "a path");
const name = text(/^[a-z0-9][a-z0-9-]{0,30}$/, "a name of the intent file");
/** What the kernel allows, less what means something to nft, and less the names by which no packet leaves the device. */
const device = text(
  /^(?!(?:all|default|lo)$)[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/,
  "the name of a network interface on the device that packets leave by, which all, default and lo are not",
);

const SETTINGS = {
  implementation: oneOf<Implementation>("kernel", "wireguard-go", "boringtun"),
  // 1280 is the least that IPv6 works with (RFC 8200 5).
  mtu: integer(1280, 9000),
  keepalive: integer(0, 65535),
  presharedKeys: onOff,
} as const;

const CHECKS = {
  ...SETTINGS,
  domain: path,
  server: name,
  sshUser: text(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, "a login name"),
  sshPort: integer(1, 65535),
  sshIdentity: path,
  sshKnownHosts: path,
  rootSecretFile: path,
  probe: oneOf("required", "warn", "off"),
  clientDns: addresses,
  natInterface: device,
  confirmSeconds: integer(1, 3600),
} as const;

/** For what a stack leaves out. */
export const DEFAULTS = {
  domain: "domain.yaml",
  sshUser: "root",
  sshPort: 22,
  probe: "required",
  implementation: "kernel",
  mtu: 1420,
  keepalive: 25,
  presharedKeys: "on",
  clientDns: [],
  confirmSeconds: 90,
} as const;

/** An empty text leaves these unset; Pulumi.yaml can't give them another default. */
const OPTIONAL: ReadonlySet<string> = new Set(["sshIdentity", "sshKnownHosts", "rootSecretFile", "natInterface"]);

/** Checks the settings of a stack, with or without `wirewright:` before each; other namespaces and the root secret are passed over. */
export function parseStackConfig(raw: Readonly<Record<string, unknown>>): {
  readonly config?: StackConfig;
  readonly problems: readonly SettingProblem[];
} {
  const problems: SettingProblem[] = [];
  const own = Object.entries(raw)
    .map(([key, value]) => [key.replace(/^wirewright:/, ""), value] as const)
    .filter(([key, value]) => !key.includes(":") && key !== "rootSecret" && !(OPTIONAL.has(key) && value === ""));
  const { interfaces: nested, ...flat } = Object.fromEntries(own);
  const settings = checkAll(flat, CHECKS, "", problems, ["interfaces", "rootSecret"]);
  const interfaces = checkInterfaces(nested, problems);
  const { server } = settings;
  if (server === undefined && !("server" in flat)) {
    problems.push({ key: "server", message: "is missing; write which server of the intent file this stack is for" });
  }
  if (problems.length > 0 || server === undefined) return { problems };
  return { config: { ...DEFAULTS, ...settings, server, interfaces }, problems };
}

function checkInterfaces(raw: unknown, problems: SettingProblem[]): ReadonlyMap<string, InterfaceSettings> {
  const nested = fromJson(raw ?? {});
  if (!isRecord(nested)) {
    problems.push({
      key: "interfaces",
      message: complaint(raw, "interface names with their settings: wg1: { mtu: 1380 }"),
    });
    return new Map();
  }
  return new Map(
    Object.entries(nested).flatMap(([wg, settings]) => {
      const given = settings ?? {};
      if (isRecord(given)) return [[wg, checkAll(given, SETTINGS, `interfaces.${named(wg)}.`, problems)] as const];
      problems.push({ key: `interfaces.${named(wg)}`, message: complaint(settings, "its settings: { mtu: 1380 }") });
      return [];
    }),
  );
}

/** What a stack says of servers and interfaces that the intent does not have, or has for something else. */
export function checkStack(config: StackConfig, plans: readonly ServerPlan[]): readonly SettingProblem[] {
  const plan = plans.find(({ server }) => server === config.server);
  if (plan === undefined) {
    const servers = plans.map(({ server }) => server).join(", ");
    return [{ key: "server", message: `${config.server} is not in the intent file; there are ${servers}` }];
  }
  const names = plan.interfaces.map((wg) => wg.name);
  const unknown = [...config.interfaces.keys()].filter((wg) => !names.includes(wg));
  return [
    ...unknown.map((wg) => ({
      key: `interfaces.${named(wg)}`,
      message: `is no interface of ${plan.server}; there are ${names.join(", ")}`,
    })),
    // Nothing passes from one tunnel into another, so there would be nothing to hide.
    ...names
      .filter((wg) => wg === config.natInterface)
      .map((wg) => ({ key: "natInterface", message: `${wg} is a tunnel of ${plan.server}; ${OUTWARD}` })),
  ];
}

const OUTWARD = "write the device's own interface that packets leave by, or nothing if there is to be no NAT";

/** How one interface is run: its own settings, else the stack's. */
export function execution(config: StackConfig, interfaceName: string): Execution {
  const own = config.interfaces.get(interfaceName) ?? {};
  return {
    implementation: own.implementation ?? config.implementation,
    mtu: own.mtu ?? config.mtu,
    keepaliveSeconds: own.keepalive ?? config.keepalive,
    presharedKeys: own.presharedKeys ?? config.presharedKeys,
    clientDns: config.clientDns,
    confirmSeconds: config.confirmSeconds,
    ...(config.natInterface === undefined ? {} : { natInterface: config.natInterface }),
  };
}
