import { x25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { parsePublicKey } from "../../../core/net/key.ts";
import { looksPrivate } from "../../../core/net/private-key.ts";
import { seeded } from "./arbitraries.ts";

const secret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => {
  const [first, last] = [bytes[0] ?? 0, bytes[31] ?? 0];
  return Uint8Array.from([first & 248, ...bytes.slice(1, 31), (last & 127) | 64]);
});

function key(bytes: Uint8Array) {
  const parsed = parsePublicKey(Buffer.from(bytes).toString("base64"));
  if (parsed.key === undefined) throw new Error(`bad test data: ${parsed.fault}`);
  return parsed.key;
}

test("no public key is taken for a private one, not even one with the fixed bits", () => {
  let clamped = 0;
  fc.assert(
    fc.property(secret, (bytes) => {
      const publicKey = x25519.getPublicKey(bytes);
      if (((publicKey[0] ?? 0) & 7) === 0 && (publicKey[31] ?? 0) >= 64) clamped++;
      expect(looksPrivate(key(publicKey))).toBe(false);
    }),
    seeded,
  );
  expect(clamped).toBeGreaterThan(5);
});

test("most private keys are found", () => {
  const found = fc.sample(secret, seeded).filter((bytes) => looksPrivate(key(bytes))).length;
  expect(found / seeded.numRuns).toBeGreaterThan(0.88);
});
