import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";

export interface Outcome {
  /** As a shell would report it: 128 + n when signal n ended it, 124 when its time was up. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Feed {
  readonly stdin?: string | Buffer;
  readonly timeoutSeconds?: number;
}

export function exitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return signal ? 128 + constants.signals[signal] : (code ?? 1);
}

// A daemon that a command leaves behind may keep its pipes open: after the exit they are read this much longer, then let go.
const DRAIN_MS = 300;

/** Feeds a child and waits for its end. `kill` ends it when `timeoutSeconds` (default 60) are over. */
export function collect(child: ChildProcessWithoutNullStreams, feed: Feed, kill: () => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let code = 1;
    let overdue = false;
    let drain: NodeJS.Timeout | undefined;
    const timer = setTimeout(
      () => {
        overdue = true;
        kill();
      },
      (feed.timeoutSeconds ?? 60) * 1000,
    );
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("exit", (status, signal) => {
      clearTimeout(timer);
      code = overdue ? 124 : exitCode(status, signal);
      drain = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN_MS);
    });
    child.on("close", () => {
      clearTimeout(drain);
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
    // A command need not want its input.
    child.stdin.on("error", () => undefined);
    child.stdin.end(feed.stdin ?? "");
  });
}

export interface ToolFeed extends Feed {
  readonly cwd?: string;
  /** Open files that the tool gets as number 3 and up. */
  readonly inherit?: readonly number[];
}

const keptOpen = new Set<number>();

/** Lets every tool that starts from now on hold this file open too, until the returned function is called. */
export function keepOpen(file: number): () => boolean {
  keptOpen.add(file);
  return () => keptOpen.delete(file);
}

/** Runs a tool of this machine. It must not leave a daemon behind. */
export function execute(
  argv: readonly string[],
  { inherit = [...keptOpen], ...feed }: ToolFeed = {},
): Promise<Outcome> {
  const [command = "", ...args] = argv;
  const options: SpawnOptions = { stdio: ["pipe", "pipe", "pipe", ...inherit], ...(feed.cwd && { cwd: feed.cwd }) };
  const child = spawn(command, args, options) as ChildProcessWithoutNullStreams;
  return collect(child, feed, () => child.kill("SIGKILL"));
}

/** Like `execute`, but throws when the tool fails. Returns its stdout. */
export async function must(argv: readonly string[], feed: ToolFeed = {}): Promise<string> {
  const outcome = await execute(argv, feed);
  if (outcome.code !== 0) {
    const said = outcome.stderr.trim().replaceAll("\n", "; ");
    throw new Error(`${argv.slice(0, 4).join(" ")} failed (exit ${outcome.code}): ${said}`);
  }
  return outcome.stdout;
}
