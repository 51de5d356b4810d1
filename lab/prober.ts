import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Answer, Question } from "./agent/ask.ts";
import type { SocketAddress } from "./agent/socket-address.ts";
import { execute } from "./execute.ts";
import { NAMESPACES } from "./namespaces/processes.ts";
import { type Lab, namespaceOf } from "./state.ts";

/** A network to send and listen in. */
export interface Place {
  readonly name: string;
  /** What to put in front of a command line so that it runs there. */
  readonly enter: readonly string[];
}

/** A small program of ours that lives in a place and does there what it is told. */
export interface Prober {
  readonly place: Place;
  /** Rejects with the agent's own words, or when it has ended or does not answer within 30 s. */
  readonly call: (verb: string, argument: unknown) => Promise<unknown>;
  /** Ends it and everything it listens on; harmless twice. */
  readonly close: () => Promise<void>;
}

const CALL_MS = 30_000;

/**
 * The network of a lab node, or of a client. Only the network: a device's files and processes are not touched, so this works
 * on a device that has no Node, and leaves nothing behind on one.
 */
export function placeOf(lab: Lab, node: string): Place {
  return { name: node, enter: ["nsenter", `--net=${NAMESPACES}/${namespaceOf(lab, node)}`, "--"] };
}

export function startProber(place: Place): Prober {
  const argv = [
    ...place.enter,
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    join(import.meta.dirname, "agent/main.ts"),
  ];
  const [command = "", ...args] = argv;
  // Nothing of the caller's environment: NODE_OPTIONS would change what the agent is.
  const child = spawn(command, args, { env: { PATH: process.env.PATH }, stdio: ["pipe", "pipe", "pipe"] });
  return { place, call: caller(place, child), close: () => end(child) };
}

function caller(place: Place, child: ChildProcessWithoutNullStreams): Prober["call"] {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let next = 0;
  let gone: Error | undefined;
  let said = "";
  const endAll = (reason: string) => {
    gone ??= new Error(`the prober on ${place.name} ${reason}: ${said.trim() || "it said nothing"}`);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  };
  child.stderr.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-500);
  });
  child.stdin.on("error", () => undefined);
  child.on("error", (error) => endAll(error.message));
  child.on("close", () => endAll("has ended"));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(`${place.name}: ${error}`));
  });
  return (verb, argument) =>
    new Promise((resolve, reject) => {
      if (gone) return reject(gone);
      const id = next++;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`the prober on ${place.name} did not answer "${verb}" within ${CALL_MS / 1000} s`));
      }, CALL_MS);
      const settle =
        <T>(action: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          action(value);
        };
      waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      child.stdin.write(`${JSON.stringify({ id, verb, argument })}\n`);
    });
}

async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Echoes at this address until `unlisten`; `busy` when another program has the port already. */
export async function listen(prober: Prober, at: SocketAddress): Promise<{ readonly busy: boolean }> {
  return (await prober.call("listen", at)) as { readonly busy: boolean };
}

export async function unlisten(prober: Prober, at: SocketAddress): Promise<void> {
  await prober.call("unlisten", at);
}

/** Sends one probe, TCP or UDP, and waits for the echo. */
export async function ask(prober: Prober, question: Question): Promise<Answer> {
  return (await prober.call("ask", question)) as Answer;
}

/** Eight bytes, hex, that our echo requests are filled with. Their identifier is not ours to choose: NAT may change it. */
export const ECHO_MARK = randomBytes(8).toString("hex");

/** One echo request. An echo, or nothing; an ICMP error counts as nothing. */
export async function ping(
  place: Place,
  to: string,
  options: { readonly source?: string; readonly timeoutMs: number },
): Promise<Answer> {
  const seconds = String(Math.max(0.1, options.timeoutMs / 1000));
  const source = options.source ? ["-I", options.source] : [];
  // Not -q: with that, iputils keeps quiet about what it could not send, and ends with 1 as for silence. (What a filter of
  // this host dropped it never tells.)
  const argv = [
    ...place.enter,
    "env",
    "LC_ALL=C",
    "ping",
    "-n",
    "-c",
    "1",
    "-p",
    ECHO_MARK,
    "-W",
    seconds,
    ...source,
    to,
  ];
  const { code, stdout, stderr } = await execute(argv, { timeoutSeconds: 10 });
  if (code === 0) return { kind: "echo", detail: "" };
  return { kind: "none", detail: code === 1 && stderr === "" ? "no answer" : (stderr || stdout).trim() };
}
