import fc from "fast-check";
import { type Address, addressBits, type Family } from "../../../core/net/address.ts";
import { type Cidr, parseCidr } from "../../../core/net/cidr.ts";

/** One seed for every property: a failure today is a failure tomorrow. */
export const seeded = { seed: 20260, numRuns: 300 } as const;

const family = fc.constantFrom<Family>(4, 6);

export const address: fc.Arbitrary<Address> = family.chain((f) =>
  fc
    .bigInt({ min: 0n, max: (1n << BigInt(addressBits(f))) - 1n })
    .filter((value) => f === 4 || value >> 32n !== 0xffffn)
    .map((value) => ({ family: f, value })),
);

/** Networks inside one small block per family, so that overlaps are common. */
export const crowdedCidr: fc.Arbitrary<Cidr> = fc
  .record({ family, offset: fc.nat(255), drop: fc.nat(8) })
  .map(({ family: f, offset, drop }) => {
    const base = f === 4 ? 0x0a000000n : 0xfd00n << 112n;
    return { family: f, value: base + BigInt((offset >> drop) << drop), length: addressBits(f) - drop };
  });

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed.cidr === undefined) throw new Error(`bad test data: ${text}`);
  return parsed.cidr;
}
