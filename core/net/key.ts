/** A Curve25519 public key as `wg` prints it: canonical base64, one text per key. */
export type PublicKey = string & { readonly __publicKey: true };

export type ParsedPublicKey =
  | { readonly key: PublicKey; readonly fault?: never }
  | { readonly key?: never; readonly fault: "syntax" | "non-canonical" | "low-order" | "all-zero" };

/** 44 characters that could be 32 bytes in base64. Also what a private key looks like, so no plain field may hold it. */
const KEY_SHAPE = /^[A-Za-z0-9+/]{43}=$/;

/** 2^255 - 19 */
export const FIELD_PRIME = (1n << 255n) - 19n;

/**
 * Points whose shared secret is zero whatever our private key is: D. J. Bernstein's list at
 * https://cr.yp.to/ecdh.html#validate, without the encodings at or above 2^255 - 19, which are refused as non-canonical.
 */
const LOW_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  FIELD_PRIME - 1n,
]);

/**
 * Accepts exactly one text per point. Decoders are lenient (missing padding, stray trailing bits, line breaks), so the
 * text must survive decoding and encoding; X25519 itself ignores bit 255 and reduces modulo the prime (RFC 7748 5), so
 * a number at or above the prime would be a second name of another key.
 */
export function parsePublicKey(text: string): ParsedPublicKey {
  if (!KEY_SHAPE.test(text)) return { fault: "syntax" };
  if (btoa(atob(text)) !== text) return { fault: "non-canonical" };
  const point = keyNumber(text);
  if (point === 0n) return { fault: "all-zero" };
  if (LOW_ORDER.has((point % (1n << 255n)) % FIELD_PRIME)) return { fault: "low-order" };
  if (point >= FIELD_PRIME) return { fault: "non-canonical" };
  return { key: text as PublicKey };
}

/** The 32 bytes of base64 text as the little-endian number that X25519 reads. */
export function keyNumber(text: string): bigint {
  const bytes = atob(text);
  let hex = "";
  for (let i = bytes.length - 1; i >= 0; i--) hex += bytes.charCodeAt(i).toString(16).padStart(2, "0");
  return BigInt(`0x${hex}`);
}
