import type { Outcome } from "../lab/execute.ts";
import { capture } from "../lab/run.ts";
import type { Lab } from "../lab/state.ts";

export interface OperatorOptions {
  /** Exit codes that are no failure; default: only 0. */
  readonly expected?: readonly number[];
  /** An abort ends the wait at once, not the command: that goes with the lab. */
  readonly signal?: AbortSignal;
}

const TIMEOUT_SECONDS = 600;

/** Runs a command as the lab's operator. Throws its last error when it ends as it should not. */
export async function operator(
  lab: Lab,
  argv: readonly string[],
  { expected = [0], signal }: OperatorOptions = {},
): Promise<Outcome> {
  signal?.throwIfAborted();
  const ended = capture(lab, { argv, timeoutSeconds: TIMEOUT_SECONDS });
  const outcome = await (signal === undefined ? ended : unlessAborted(ended, signal));
  if (expected.includes(outcome.code)) return outcome;
  throw new Error(`${argv.join(" ")} ended with ${outcome.code}: ${lastError(outcome)}`);
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

// Not the "1 errored" of pulumi's summary, which comes last and says nothing.
const ERROR = /\berror\b|fail|refus|cannot|can't/i;

function lastError({ stdout, stderr }: Outcome): string {
  const lines = `${stdout}\n${stderr}`.split("\n").flatMap((line) => line.trim() || []);
  return lines.findLast((line) => ERROR.test(line)) ?? lines.at(-1) ?? "it printed nothing";
}
