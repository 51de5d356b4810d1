/** How many stand in front: by halves, in a list where whatever is in front comes first. */
export function countInFront<T>(sorted: readonly T[], isInFront: (one: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = sorted[middle];
    if (one !== undefined && isInFront(one)) low = middle + 1;
    else high = middle;
  }
  return low;
}
