import { once } from "node:events";
import { spawnOn } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";

export interface TrafficServer {
  /** Ends it, by its id, and waits for the end. Safe to repeat. */
  end(): Promise<void>;
}

const START_SECONDS = 10;
const END_SECONDS = 5;

/**
 * Its shell lives as long as the pipe on its standard input, which closes even when this program is killed; then it ends its one child.
 * Until that moment the child's CPU time stays on the device's books.
 */
const SCRIPT = `iperf3 --server --one-off --forceflush --bind "$1" --port "$2" </dev/null &
child=$!
cat >/dev/null
kill "$child" 2>/dev/null
wait "$child"
`;

/** Starts an iperf3 server for one test on a node of the lab; returns when it listens. */
export async function trafficServer(
  lab: Lab,
  node: string,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<TrafficServer> {
  const shell = spawnOn(lab, node, ["sh", "-c", SCRIPT, "sh", address, String(port)]);
  const ended = once(shell, "exit");
  shell.stdin.on("error", () => undefined);
  const end = async () => {
    shell.stdin.end();
    const timer = setTimeout(() => shell.kill("SIGKILL"), END_SECONDS * 1000);
    await ended;
    clearTimeout(timer);
  };
  try {
    await listening(shell.stdout, ended, AbortSignal.timeout(START_SECONDS * 1000));
  } catch (error) {
    await end();
    throw error;
  }
  return { end };
}

async function listening(output: NodeJS.ReadableStream, ended: Promise<unknown>, late: AbortSignal): Promise<void> {
  let text = "";
  const heard = new Promise<void>((resolve) => {
    output.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (/Server listening on/.test(text)) resolve();
    });
  });
  const first = await Promise.race([
    heard.then(() => "listens"),
    ended.then(() => "ended"),
    once(late, "abort").then(() => "late"),
  ]);
  if (first !== "listens")
    throw new Error(`the iperf3 server did not start (${first}): ${text.trim().split("\n").at(-1) ?? ""}`);
}
