import { x25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { parsePublicKey } from "../../../core/net/key.ts";
import { seeded } from "./arbitraries.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

const P = (1n << 255n) - 19n;
const HIGH_BIT = 1n << 255n;
// The nine small points of cr.yp.to/ecdh.html#validate and the seven of the kernel's netns.sh are these and their multiples of P.
const ORDER_8 = [
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];

test("every key that X25519 makes is accepted as it is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret) => {
      const text = base64(x25519.getPublicKey(secret));
      expect(parsePublicKey(text)).toEqual({ key: text });
    }),
    { ...seeded, numRuns: 50 },
  );
});

test("RFC 7748 6.1: the public keys of Alice and Bob are accepted", () => {
  for (const hex of [
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
  ]) {
    expect(parsePublicKey(Buffer.from(hex, "hex").toString("base64")).fault).toBeUndefined();
  }
});

test.each([
  ["one", 1n],
  ["p - 1", P - 1n],
  ["order 8", ORDER_8[0]],
  ["the other of order 8", ORDER_8[1]],
  ["p", P],
  ["p + 1", P + 1n],
  ["2^255", HIGH_BIT],
  ["1 with bit 255", HIGH_BIT + 1n],
  ["p - 1 with bit 255", HIGH_BIT + P - 1n],
  ["p with bit 255", HIGH_BIT + P],
  ["p + 1 with bit 255", HIGH_BIT + P + 1n],
  ["order 8 with bit 255", HIGH_BIT + (ORDER_8[0] ?? 0n)],
  ["the other of order 8 with bit 255", HIGH_BIT + (ORDER_8[1] ?? 0n)],
])("the point %s is refused as low order, and noble refuses it too", (_, point) => {
  const bytes = littleEndian(point ?? 0n);
  expect(parsePublicKey(base64(bytes)).fault).toBe("low-order");
  expect(() => x25519.getSharedSecret(new Uint8Array(32).fill(7), bytes)).toThrow();
});

test("zero is named as such", () => {
  expect(parsePublicKey(base64(new Uint8Array(32))).fault).toBe("all-zero");
});

test("a second name of a good key is refused: bit 255 set, or the prime added", () => {
  const key = x25519.getPublicKey(new Uint8Array(32).fill(9));
  const value = BigInt(`0x${Buffer.from(key).reverse().toString("hex")}`);
  expect(parsePublicKey(base64(littleEndian(value + HIGH_BIT))).fault).toBe("non-canonical");
  expect(parsePublicKey(base64(littleEndian(P + 9n))).fault).toBe("non-canonical");
});

const GOOD = base64(x25519.getPublicKey(new Uint8Array(32).fill(5)));

test.each([
  ["empty", ""],
  ["43 characters", GOOD.slice(0, 43)],
  ["45 characters", `${GOOD}=`],
  ["no padding at 44", `${GOOD.slice(0, 43)}A`],
  ["line break", `${GOOD}\n`],
  ["inner line break", `${GOOD.slice(0, 20)}\n${GOOD.slice(20)}`],
  ["inner space", `${GOOD.slice(0, 20)} ${GOOD.slice(21)}`],
  ["URL alphabet", `-_${GOOD.slice(2)}`],
  ["hex", Buffer.from(GOOD, "base64").toString("hex")],
  ["NUL", `\u0000${GOOD.slice(1)}`],
])("%s is no key", (_, text) => {
  expect(parsePublicKey(text).fault).toBe("syntax");
});

test("stray trailing bits are refused", () => {
  const text = base64(x25519.getPublicKey(new Uint8Array(32).fill(5)));
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const last = alphabet.indexOf(text[42] ?? "");
  for (const bits of [1, 2, 3])
    expect(parsePublicKey(`${text.slice(0, 42)}${alphabet[last + bits]}=`).fault).toBe("non-canonical");
});
