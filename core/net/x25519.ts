import { x25519 } from "@noble/curves/ed25519.js";
import type { PublicKey } from "./key.ts";

/** The private key that WireGuard would make of these 32 bytes (RFC 7748 5, decodeScalar25519). */
export function clamp(bytes: Uint8Array): Uint8Array {
  const key = Uint8Array.from(bytes);
  key[0] = (key[0] ?? 0) & 248;
  key[31] = ((key[31] ?? 0) & 127) | 64;
  return key;
}

/**
 * noble multiplies the Edwards base point by precomputed tables and maps it to the Montgomery curve, which takes a
 * third of the time of the ladder; nothing faster is needed.
 */
export function publicKeyOf(privateKey: Uint8Array): PublicKey {
  return toBase64(x25519.getPublicKey(privateKey)) as PublicKey;
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
