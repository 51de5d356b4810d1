import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ECHO_MARK, type Place } from "./prober.ts";

/** Packets that reached a host and passed every filter before its programs, from one source to one port. */
export interface Arrival {
  readonly source: string;
  readonly destination: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  /** 0 for icmp, of which only the echo requests of this program are counted. */
  readonly port: number;
  readonly packets: number;
}

/** Counts in the kernel, so that it sees what no program listens for: a lone SYN, an echo request, a spoofed source. */
export interface Watch {
  /** Everything since the start. */
  readonly arrivals: () => Promise<readonly Arrival[]>;
  readonly close: () => Promise<void>;
}

const TABLE = "inet wirewright-watch";
const READ_MS = 10_000;

// After every filter: a packet that a device's own policy drops has not arrived.
const AFTER_FILTERS = 10_000;

// Behind the 8 bytes of the ICMP header and the 16 that ping begins its data with, its time stamp.
const IS_OURS = `@th,192,64 0x${ECHO_MARK}`;

// `flags owner`: the kernel removes the table with the process that made it, however that ends.
const SET_UP = [
  `add table ${TABLE} { flags owner; }`,
  `add set ${TABLE} ports4 { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags dynamic; counter; }`,
  `add set ${TABLE} ports6 { type ipv6_addr . ipv6_addr . inet_proto . inet_service; flags dynamic; counter; }`,
  `add set ${TABLE} echo4 { type ipv4_addr . ipv4_addr; flags dynamic; counter; }`,
  `add set ${TABLE} echo6 { type ipv6_addr . ipv6_addr; flags dynamic; counter; }`,
  `add chain ${TABLE} arrive { type filter hook input priority ${AFTER_FILTERS}; }`,
  `add rule ${TABLE} arrive meta nfproto ipv4 meta l4proto { tcp, udp } update @ports4 { ip saddr . ip daddr . meta l4proto . th dport counter }`,
  `add rule ${TABLE} arrive meta nfproto ipv6 meta l4proto { tcp, udp } update @ports6 { ip6 saddr . ip6 daddr . meta l4proto . th dport counter }`,
  `add rule ${TABLE} arrive icmp type echo-request ${IS_OURS} update @echo4 { ip saddr . ip daddr counter }`,
  `add rule ${TABLE} arrive icmpv6 type echo-request ${IS_OURS} update @echo6 { ip6 saddr . ip6 daddr counter }`,
];

/** Throws when the place can't count. */
export async function startWatch(place: Place): Promise<Watch> {
  const [command = "", ...args] = [...place.enter, "nft", "-i", "-j"];
  const child = spawn(command, args, { env: { PATH: process.env.PATH, LC_ALL: "C" }, stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-500);
  });
  child.stdin.on("error", () => undefined);
  child.on("error", (error) => {
    said += error.message;
  });
  const lines = createInterface({ input: child.stdout });
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  const arrivals = async () => {
    const answer = nextLine(lines);
    child.stdin.write(`list table ${TABLE}\n`);
    const line = await answer;
    if (line === undefined) throw new Error(`nft on ${place.name} can't count arrivals: ${said.trim() || "no answer"}`);
    return parseArrivals(line);
  };
  child.stdin.write(`${SET_UP.join("\n")}\n`);
  try {
    await arrivals();
    // Any complaint about the set-up came before this answer, on another pipe.
    await sleep(20);
    if (said) throw new Error(`nft on ${place.name} can't count arrivals: ${said.trim()}`);
    return { arrivals, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function nextLine(lines: Interface): Promise<string | undefined> {
  try {
    const [line] = await once(lines, "line", { signal: AbortSignal.timeout(READ_MS) });
    return line as string;
  } catch {
    return undefined;
  }
}

interface Listing {
  readonly nftables: readonly {
    readonly set?: {
      readonly elem?: readonly {
        readonly elem: {
          readonly val: { readonly concat: readonly [string, string, ("tcp" | "udp")?, number?] };
          readonly counter: { readonly packets: number };
        };
      }[];
    };
  }[];
}

function parseArrivals(line: string): Arrival[] {
  const sets = (JSON.parse(line) as Listing).nftables.flatMap(({ set }) => set?.elem ?? []);
  return sets.map(({ elem }) => {
    const [source, destination, protocol = "icmp", port = 0] = elem.val.concat;
    return { source, destination, protocol, port, packets: elem.counter.packets };
  });
}
