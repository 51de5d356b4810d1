import { type Address, addressBits } from "../../core/net/address.ts";
import type { Cidr } from "../../core/net/cidr.ts";

/** Numbers that only the seed decides. */
export interface Random {
  /** 0 to `bound` - 1. */
  readonly below: (bound: number) => number;
  /** Throws on an empty list. */
  readonly pick: <T>(items: readonly T[]) => T;
  readonly shuffle: <T>(items: readonly T[]) => T[];
  /** A number of that many bits. */
  readonly bits: (count: number) => bigint;
}

export function generator(seed: number): Random {
  let state = seed >>> 0;
  // Mulberry32 (Tommy Ettinger, public domain): enough for drawing a sample, not for secrets.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (bound: number) => Math.floor((next() / 2 ** 32) * bound);
  const shuffle = <T>(items: readonly T[]): T[] => {
    const mixed = [...items];
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
    }
    return mixed;
  };
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new RangeError("nothing to pick from");
    return items[below(items.length)] as T;
  };
  const bits = (count: number): bigint => {
    let value = 0n;
    for (let have = 0; have < count; have += 32) value = (value << 32n) | BigInt(next());
    return value & ((1n << BigInt(count)) - 1n);
  };
  return { below, pick, shuffle, bits };
}

/** Neither the network's own address nor the last one, which in IPv4 is everybody's. */
export function addressWithin({ bits }: Random, { family, value, length }: Cidr): Address {
  const size = 1n << BigInt(addressBits(family) - length);
  const offset = size > 2n ? 1n + (bits(128) % (size - 2n)) : bits(128) % size;
  return { family, value: value + offset };
}
