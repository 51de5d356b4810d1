import type { Reading } from "./model.ts";

/** Keeps the reason when there is no value. */
export function map<A, B>(reading: Reading<A>, change: (value: A) => B): Reading<B> {
  return "skipped" in reading ? reading : { value: change(reading.value) };
}

/** As `map`, where the change may itself find a reason for having no value. */
export function chain<A, B>(reading: Reading<A>, change: (value: A) => Reading<B>): Reading<B> {
  return "skipped" in reading ? reading : change(reading.value);
}

export function both<A, B>(a: Reading<A>, b: Reading<B>): Reading<readonly [A, B]> {
  return chain(a, (first) => map(b, (second) => [first, second] as const));
}

export function orSkip<T>(value: T | undefined, reason: string): Reading<T> {
  return value === undefined ? { skipped: reason } : { value };
}
