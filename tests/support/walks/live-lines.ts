import { sha256Hex } from "../../../core/net/hash.ts";
import { publicKeyOf } from "../../../project/key-ring.ts";
import type { WalkDevice } from "./device.ts";

/** What is on a device, one fact a line, seen without the helper. */
export interface Seen {
  /** Of the interfaces asked for, and all daemons, ports and sockets of WireGuard. */
  readonly ours: readonly string[];
  /** Of everything else, sorted. */
  readonly others: readonly string[];
  /** nft table name to its listing, those of ours. */
  readonly tables: ReadonlyMap<string, string>;
}

/** Sections begin with `== name`. Links of walks are called wg and a digit. */
const LOOK = `
exec 2>&1
echo "== links"; ip -d -o link
echo "== addresses"; ip -o address
echo "== routes"; for f in -4 -6; do ip $f route show table all; done
echo "== own-routes"; for f in -4 -6; do ip $f route show proto 219; done
echo "== connected"; for f in -4 -6; do ip $f route show proto kernel; done
echo "== rules"; ip rule; ip -6 rule
echo "== sysctls"; grep -rs . /proc/sys/net
echo "== ports"; cat /proc/net/udp /proc/net/udp6
echo "== daemons"; grep -sxE "wireguard-go|boringtun-cli" /proc/[0-9]*/comm | sed "s/.*://"
echo "== sockets"; ls /run/wireguard 2>/dev/null || :
echo "== files"; find /run -not -path "/run/wirewright*" -not -path "/run/wireguard*" | sort
echo "== upper"; find /mnt/upper -path /mnt/upper/wirewright -prune -o -type f -exec sha256sum {} + | sort
echo "== marks"; grep -s . /sys/class/net/*/ifalias
echo "== ruleset"; nft -s list ruleset
`;

export async function liveLines(device: WalkDevice, names: readonly string[]): Promise<Seen> {
  const sections = sectionsOf(await device.look(LOOK));
  const rows = (name: string): readonly string[] => (sections.get(name) ?? "").split("\n").filter((row) => row !== "");
  const tables = new Map(
    (sections.get("ruleset") ?? "").split(/^(?=table )/m).map((text) => [/^table (.*) \{/.exec(text)?.[1] ?? "", text]),
  );
  const isOurs = (table: string): boolean => table.startsWith("inet wirewright_");
  const daemons = await Promise.all(names.map(async (name) => daemonLines(name, await device.daemon(name))));
  const foreignRows = ["links", "addresses", "routes", "rules", "sysctls", "files", "upper", "marks"].flatMap((name) =>
    rows(name).filter((row) => !OURS.test(row) && !UNSTEADY.test(row)),
  );
  return {
    tables: new Map([...tables].filter(([name]) => isOurs(name))),
    others: [...foreignRows, ...[...tables].filter(([name]) => !isOurs(name)).flatMap(([, text]) => text.split("\n"))]
      .map((row) => row.trimEnd())
      .sort(),
    ours: [
      ...rows("links").flatMap(linkLine),
      ...rows("marks").flatMap(
        (row) => row.replace(/^\/sys\/class\/net\/(wg\d)\/ifalias:/, "mark $1 ").match(/^mark.*/) ?? [],
      ),
      ...rows("addresses").flatMap(addressLine),
      ...rows("own-routes").flatMap((row) => routeLine("route", row)),
      ...rows("connected").flatMap((row) => routeLine("connected", row)),
      ...new Set(rows("ports").flatMap(portLine)),
      ...rows("daemons").map((row) => `daemon ${row}`),
      ...rows("sockets").map((row) => `socket ${row}`),
      ...daemons.flat(),
    ].sort(),
  };
}

const OURS = /(^|[ /])wg\d([ @:/]|$)/;
/** Counted by the kernel, or a consequence of forwarding that comes and goes with it. */
const UNSTEADY = /^anycast |nf_conntrack_count|\/(?:discovery_v6|file-nr)/;

function sectionsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/^== /m).map((part) => [part.split("\n", 1)[0] ?? "", part.slice(part.indexOf("\n") + 1)] as const),
  );
}

function linkLine(row: string): readonly string[] {
  const [, name, flags = "", mtu] = /^\d+: (wg\d): <([^>]*)> mtu (\d+)/.exec(row) ?? [];
  return name === undefined ? [] : [`link ${name} mtu ${mtu} ${flags.split(",").includes("UP") ? "up" : "down"}`];
}

function addressLine(row: string): readonly string[] {
  const [, name, address = ""] = /^\d+: (wg\d) +inet6? (\S+)/.exec(row) ?? [];
  return name === undefined || address.startsWith("fe80:") ? [] : [`address ${name} ${address}`];
}

function routeLine(word: string, row: string): readonly string[] {
  const [, network = "", name] = /^(\S+) dev (wg\d)/.exec(row) ?? [];
  if (name === undefined || network.startsWith("fe80:")) return [];
  return [`${word} ${name} ${network.includes("/") ? network : `${network}/${network.includes(":") ? 128 : 32}`}`];
}

/** By the setting that the scenario makes. */
const FIRST_RANDOM_PORT = 61000;

function portLine(row: string): readonly string[] {
  const port = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) /.exec(row)?.[1];
  const number = Number.parseInt(port ?? "ffff", 16);
  return number >= FIRST_RANDOM_PORT ? [] : [`port ${number}`];
}

const NO_KEY = "0".repeat(64);

/** Key, port and peers. A pre-shared key shows as its hash. */
function daemonLines(name: string, answer: string): readonly string[] {
  if (!answer.endsWith("errno=0\n\n")) throw new Error(`the daemon of ${name} did not answer: ${answer.slice(-20)}`);
  const [own = "", ...peers] = answer.split(/^(?=public_key=)/m);
  const value = (text: string, key: string): string | undefined => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1];
  const privateKey = value(own, "private_key");
  const publicKey = privateKey === undefined ? base64(value(own, "own_public_key")) : publicKeyOf(hexBytes(privateKey));
  return [
    `key ${name} ${publicKey}`,
    `listens ${name} ${value(own, "listen_port")} mark ${value(own, "fwmark") ?? 0}`,
    ...peers.map((peer) => {
      const psk = value(peer, "preshared_key") ?? NO_KEY;
      const allowed = [...peer.matchAll(/^allowed_ip=(.*)$/gm)].map(([, network]) => network).sort();
      const keepalive = value(peer, "persistent_keepalive_interval") ?? 0;
      return `peer ${name} ${base64(value(peer, "public_key"))} ${pskMark(psk === NO_KEY ? undefined : base64(psk))} ${keepalive} ${allowed}`;
    }),
  ];
}

/** Says whether two are the same, and does not tell them. */
export function pskMark(presharedKey: string | undefined): string {
  return presharedKey === undefined ? "-" : sha256Hex(presharedKey).slice(0, 12);
}

const hexBytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const base64 = (hex = ""): string => Buffer.from(hex, "hex").toString("base64");
