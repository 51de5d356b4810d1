import { renameSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Implementation } from "../core/plan/types.ts";
import { toolchain } from "../tools/toolchain.ts";
import type { Outcome } from "./execute.ts";
import { exclusively } from "./namespaces/lock.ts";
import { boot, halt, isUp } from "./namespaces/node.ts";
import { type QuickConfig, readQuick } from "./quick.ts";
import { capture, requireUp } from "./run.ts";
import {
  type ClientRecord,
  clientNode,
  clientRecords,
  clientsDir,
  deviceDir,
  type Lab,
  nodesOf,
  privateDir,
} from "./state.ts";
import { topology } from "./topology.ts";

export interface Tunnel {
  readonly implementation: Implementation;
  /** wg-quick text. */
  readonly config: string;
}

/** The one WireGuard interface a client has. */
export const CLIENT_INTERFACE = "wg0";
/** Above the main table, so that what the tunnel is for goes through it even where a wire is nearer. */
const PRIORITY = { outside: 100, inside: 101 };
/** Routes into the tunnel are there. */
export const CLIENT_TABLE = 51820;

/** Plugs a new client into the LAN or the internet; harmless when it is there. `run` and `capture` know it by its name. */
export async function addClient(lab: Lab, { name, at }: Pick<ClientRecord, "name" | "at">): Promise<void> {
  requireUp(lab);
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) {
    throw new Error(`"${name}" can't name a client; use lower-case letters, digits and hyphens`);
  }
  await exclusively(lab, async () => {
    const records = clientRecords(lab);
    const known = records.find((record) => record.name === name);
    if (known?.at === at) return isUp(lab, clientNode(known)) ? undefined : boot(lab, clientNode(known));
    if (nodesOf(lab).some((node) => node.name === name))
      throw new Error(`the lab has a "${name}" already; choose another name`);
    const record = { name, at, host: freeHost(records, at) };
    // Written first: whatever happens now, `lab down` and a second try know of it.
    // Others list the clients meanwhile, so a record is whole or not there.
    writeFileSync(`${recordFile(lab, name)}.part`, JSON.stringify(record));
    renameSync(`${recordFile(lab, name)}.part`, recordFile(lab, name));
    await boot(lab, clientNode(record));
  });
}

/** Unplugs a client, ends everything it runs and forgets it; harmless when it is not there. */
export async function removeClient(lab: Lab, name: string): Promise<void> {
  await exclusively(lab, async () => {
    const record = clientRecords(lab).find((candidate) => candidate.name === name);
    if (!record) return;
    await halt(lab, clientNode(record));
    rmSync(deviceDir(lab, name), { recursive: true, force: true });
    // Last: whatever happens before, `lab down` and a second try know of it.
    rmSync(recordFile(lab, name));
  });
}

/** Brings a client's tunnel up, in place of the one it has. Throws, and leaves no tunnel, when it can't. */
export async function clientUp(lab: Lab, name: string, { implementation, config }: Tunnel): Promise<void> {
  const record = recordOf(lab, name);
  const quick = readQuick(config, (host) => resolve(record, host));
  await clientDown(lab, name);
  try {
    await startImplementation(lab, name, implementation);
    // Our pipe is a socket, which wg can't open by that name; cat's is not.
    const setconf = ["sh", "-c", 'cat | wg setconf "$1" /dev/stdin', "sh", CLIENT_INTERFACE];
    await mustOn(lab, name, setconf, quick.setconf);
    await mustOn(lab, name, ["ip", "-batch", "-"], interfaceBatch(quick));
    const rules = ruleBatch(await portOf(lab, name));
    for (const family of ["-4", "-6"]) await mustOn(lab, name, ["ip", family, "-batch", "-"], rules);
  } catch (error) {
    await clientDown(lab, name);
    throw error;
  }
}

/** Ends a client's tunnel and everything else that runs there: the client is as it was when it was added. */
export async function clientDown(lab: Lab, name: string): Promise<void> {
  const node = clientNode(recordOf(lab, name));
  await exclusively(lab, () => boot(lab, node));
}

async function startImplementation(lab: Lab, name: string, wanted: Implementation): Promise<void> {
  if (wanted === "kernel") {
    await mustOn(lab, name, ["ip", "link", "add", CLIENT_INTERFACE, "type", "wireguard"]);
    return;
  }
  const { wireguardGo, boringtun } = toolchain();
  // boringtun would drop to the user who logged in, who may not open the tunnel, and log to the machine's /tmp.
  const argv =
    wanted === "wireguard-go"
      ? [installed("wireguard-go", wireguardGo), CLIENT_INTERFACE]
      : [
          "env",
          "WG_LOG_FILE=/dev/null",
          installed("boringtun-cli", boringtun),
          "--disable-drop-privileges",
          CLIENT_INTERFACE,
        ];
  await mustOn(lab, name, argv);
}

function installed(name: string, path: string | undefined): string {
  if (path) return path;
  throw new Error(`${name} is not installed; sh tools/run.sh setup builds it`);
}

/** Addresses, MTU and routes of a tunnel's interface, as `ip -batch` lines. */
function interfaceBatch(quick: QuickConfig): string {
  return [
    `link set ${CLIENT_INTERFACE} mtu ${quick.mtu ?? 1420}`,
    ...quick.addresses.map((address) => `address add ${address} dev ${CLIENT_INTERFACE}`),
    `link set ${CLIENT_INTERFACE} up`,
    ...quick.allowedIps.map((subnet) => `route replace ${subnet} dev ${CLIENT_INTERFACE} table ${CLIENT_TABLE}`),
    "",
  ].join("\n");
}

/**
 * What goes through the tunnel and what stays outside, as `ip -batch` lines for one family. The tunnel's own packets are
 * known by the port that they come from, so a server may move. A mark, as wg-quick sets one, fails with boringtun 0.7.1:
 * it connects a socket to the server and marks it afterwards, when the kernel has chosen the tunnel's address for it.
 */
const ruleBatch = (port: number): string =>
  [
    `rule add pref ${PRIORITY.outside} ipproto udp sport ${port} lookup main`,
    `rule add pref ${PRIORITY.inside} lookup ${CLIENT_TABLE}`,
    "",
  ].join("\n");

/** The tunnel's own port. wireguard-go opens it a moment after its interface is up; until then it is 0. */
async function portOf(lab: Lab, name: string): Promise<number> {
  const script = 'while port=$(wg show "$1" listen-port) || exit; [ "$port" = 0 ]; do sleep 0.01; done; echo "$port"';
  return Number((await mustOn(lab, name, ["sh", "-c", script, "sh", CLIENT_INTERFACE])).stdout);
}

function resolve(client: ClientRecord, host: string): string {
  if (isIP(host)) return host;
  const address = topology.wires[client.at].names[host];
  if (address) return address;
  const known = Object.keys(topology.wires[client.at].names);
  throw new Error(`nobody on the lab's ${client.at} is called "${host}"; known there: ${known.join(", ")}`);
}

function freeHost(records: readonly ClientRecord[], at: ClientRecord["at"]): number {
  const taken = new Set(records.filter((record) => record.at === at).map((record) => record.host));
  const { first, last } = topology.wires[at].clients;
  for (let host = first; host <= last; host++) if (!taken.has(host)) return host;
  throw new Error(`the lab's ${at} has no address left for a client; remove one first`);
}

function recordOf(lab: Lab, name: string): ClientRecord {
  const record = clientRecords(lab).find((candidate) => candidate.name === name);
  if (!record) throw new Error(`lab "${lab.name}" has no client "${name}"; add it first`);
  return record;
}

const recordFile = (lab: Lab, name: string): string => join(privateDir(clientsDir(lab)), `${name}.json`);

async function mustOn(lab: Lab, name: string, argv: readonly string[], stdin = ""): Promise<Outcome> {
  const outcome = await capture(lab, { on: name, argv, stdin, timeoutSeconds: 20 });
  if (outcome.code === 0) return outcome;
  const said = outcome.stderr.trim().replaceAll("\n", "; ");
  throw new Error(`${argv.slice(0, 3).join(" ")} on ${name} failed (exit ${outcome.code}): ${said}`);
}
