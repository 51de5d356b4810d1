export interface Random {
  below(n: number): number;
  one<T>(list: readonly T[]): T;
  some<T>(list: readonly T[], chance: number): T[];
}

/** mulberry32: small, and the same numbers everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    one: (list) => {
      const picked = list[below(list.length)];
      if (picked === undefined) throw new RangeError("nothing to choose from");
      return picked;
    },
    some: (list, chance) => list.filter(() => next() < chance),
  };
}
