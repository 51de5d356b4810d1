import { messageOf } from "../core/thrown.ts";

export interface Clock {
  /** Monotonic. */
  seconds(): number;
  /** ISO 8601, UTC. */
  wallTime(): string;
  /** Calls `ring` once after so many seconds; the result cancels it. */
  alarm(afterSeconds: number, ring: () => void): () => void;
}

export type Attempt<T> = { readonly value: T } | { readonly error: string };

export async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** Ends by itself, by the time-out or by the abort, whichever is first; work that ignores its signal is not waited for. */
export async function bounded<T>(
  work: (signal: AbortSignal) => Promise<T>,
  seconds: number,
  outer: AbortSignal,
  clock: Clock,
): Promise<T> {
  const inner = new AbortController();
  const interrupt = () => inner.abort(new Error("interrupted"));
  const cancel = clock.alarm(seconds, () => inner.abort(new Error(`no end after ${seconds} s`)));
  outer.addEventListener("abort", interrupt);
  try {
    if (outer.aborted) throw new Error("interrupted");
    return await new Promise<T>((resolve, reject) => {
      inner.signal.addEventListener("abort", () => reject(inner.signal.reason));
      work(inner.signal).then(resolve, reject);
    });
  } finally {
    cancel();
    outer.removeEventListener("abort", interrupt);
  }
}
