/** That the median of all possible rounds lies outside happens at most so often. */
const RISK = 0.05;

/**
 * Two of the values, between which the median of all possible rounds lies, whatever their distribution (order statistics,
 * as in the sign test). Of fewer than six values it is the whole range, which misses it more often: of three, one time in
 * four. Undefined for no values.
 */
export function medianInterval(values: readonly number[]): readonly [number, number] | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  let dropped = 0;
  // Chance that i of n values lie on one side of the median, and that at most i do.
  let exactly = 0.5 ** sorted.length;
  let atMost = exactly;
  for (let i = 1; i < sorted.length / 2; i++) {
    exactly *= (sorted.length + 1 - i) / i;
    atMost += exactly;
    if (2 * atMost <= RISK) dropped = i;
  }
  const [least, most] = [sorted[dropped], sorted.at(-1 - dropped)];
  return least === undefined || most === undefined ? undefined : [least, most];
}
