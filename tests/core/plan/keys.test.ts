import { readFileSync } from "node:fs";
import { join } from "node:path";
import { x25519 } from "@noble/curves/ed25519.js";
import * as fc from "fast-check";
import { hkdfExpand, hkdfExtract, hmacHex, sha256Hex } from "../../../core/net/hash.ts";
import { parsePublicKey } from "../../../core/net/key.ts";
import { clamp, publicKeyOf, toBase64 } from "../../../core/net/x25519.ts";
import { keyRing } from "../../../core/plan/keys.ts";
import { openKeyRing, publicKeyOf as opensslKeyOf } from "../../../project/key-ring.ts";

interface Vectors {
  readonly x25519: readonly { readonly who: string; readonly private: string; readonly public: string }[];
  readonly hkdf: {
    readonly extract: { readonly secret: string; readonly salt: string; readonly key: string };
    readonly expand: { readonly secret: string; readonly first32: string };
  };
  readonly hmac: readonly {
    readonly where: string;
    readonly key: string;
    readonly text: string;
    readonly mac: string;
  }[];
  readonly derivedFrom: string;
  readonly derived: readonly {
    readonly path: string;
    readonly epoch: number;
    readonly private: string;
    readonly public: string;
    readonly preshared: string;
  }[];
  readonly marks: { readonly owner: string; readonly digest: string; readonly nonce: string };
}

const vectors: Vectors = JSON.parse(readFileSync(join(import.meta.dirname, "../../vectors/keys.json"), "utf8"));
const seeded = { seed: 20260101, numRuns: 200 };
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const name = (path: string, epoch = 1) => ({ path, epoch });
const secret = (text: string): Uint8Array => new TextEncoder().encode(text);
const ring = keyRing(secret("an example root secret, known to everybody"));

test.each(vectors.x25519)("a public key is what RFC 7748 6.1 says: $who", ({ private: key, public: expected }) => {
  expect(publicKeyOf(hex(key))).toBe(toBase64(hex(expected)));
});

test("HKDF-SHA-256 agrees with RFC 5869 A.1 (extract) and A.3 (expand)", () => {
  const { extract, expand } = vectors.hkdf;
  expect(hkdfExtract(hex(extract.secret), Buffer.from(extract.salt, "hex").toString("latin1"))).toEqual(
    hex(extract.key),
  );
  expect(hkdfExpand(hkdfExtract(hex(expand.secret), ""), "")).toEqual(hex(expand.first32));
});

test.each(vectors.hmac)("HMAC-SHA-256 agrees with RFC 4231 $where", ({ key, text, mac }) => {
  expect(hmacHex(hex(key), text)).toBe(mac);
});

test("SHA-256 agrees with FIPS 180-4", () => {
  expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("both ways to a public key equal the Montgomery ladder over the base point", () => {
  const base = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 9 : 0));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      expect(publicKeyOf(bytes)).toBe(toBase64(x25519.scalarMult(bytes, base)));
      expect(publicKeyOf(clamp(bytes))).toBe(publicKeyOf(bytes));
      expect(opensslKeyOf(bytes)).toBe(publicKeyOf(bytes));
    }),
    seeded,
  );
});

test.each(vectors.derived)("keys never change from release to release: $path epoch $epoch", (vector) => {
  const old = keyRing(secret(vectors.derivedFrom));
  const key = name(vector.path, vector.epoch);
  expect({
    ...vector,
    ...{ public: old.publicKey(key), private: old.privateKey(key), preshared: old.presharedKey(key) },
  }).toEqual(vector);
});

test.each(vectors.derived)("and are the same with OpenSSL: $path epoch $epoch", ({ path, epoch, public: expected }) => {
  expect(openKeyRing(secret(vectors.derivedFrom)).publicKey({ path, epoch })).toBe(expected);
});

test("owner, digest and nonce never change from release to release", () => {
  const old = keyRing(secret(vectors.derivedFrom));
  expect({ owner: old.owner, digest: old.digest("text"), nonce: old.nonce("text") }).toEqual(vectors.marks);
});

test("every path, epoch, purpose and root secret gives its own key, and each is one that WireGuard accepts", () => {
  const other = keyRing(secret("another example root secret, just as known"));
  const names = [
    name("router/wg0"),
    name("router/wg0", 2),
    name("router/wg0/laptop"),
    name("router/wg0/laptop", 11),
    name("router/wg0/laptop1", 1),
  ];
  const keys = [ring, other].flatMap((r) => names.flatMap((n) => [r.privateKey(n), r.presharedKey(n), r.publicKey(n)]));
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  for (const n of names) expect(parsePublicKey(ring.publicKey(n)).key).toBe(ring.publicKey(n));
  for (const n of names)
    expect(clamp(Buffer.from(ring.privateKey(n), "base64"))).toEqual(
      Uint8Array.from(Buffer.from(ring.privateKey(n), "base64")),
    );
});

test("a client that brought its own key keeps it", () => {
  const given = ring.publicKey(name("somewhere/else/entirely"));
  expect(ring.peerPublicKey({ kind: "given", publicKey: given })).toBe(given);
  expect(ring.peerPublicKey({ kind: "derived", name: name("router/wg0/laptop") })).toBe(
    ring.publicKey(name("router/wg0/laptop")),
  );
});

test("a digest or nonce depends on the root secret and on the text", () => {
  const other = keyRing(secret("another example root secret, just as known"));
  const marks = [ring, other].flatMap((r) => [r.owner, r.digest("a"), r.digest("b"), r.nonce("a"), r.nonce("b")]);
  expect(new Set(marks).size).toBe(marks.length);
  expect(ring.owner).toMatch(/^[0-9a-f]{32}$/);
  expect(ring.digest("")).toMatch(/^[0-9a-f]{64}$/);
  expect(ring.nonce("")).toMatch(/^[0-9a-f]{32}$/);
});

test.each([
  ["short", new Uint8Array(31).map((_, i) => i)],
  ["all zero", new Uint8Array(32)],
  ["one letter", new Uint8Array(64).fill(97)],
])("a root secret that is %s is refused without being shown", (_, bytes) => {
  expect(() => keyRing(bytes)).toThrow(RangeError);
});
