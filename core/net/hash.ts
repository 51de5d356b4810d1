import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** HMAC-SHA-256 (RFC 2104) as 64 hex digits. */
export function hmacHex(key: Uint8Array, text: string): string {
  return bytesToHex(hmac(sha256, key, utf8ToBytes(text)));
}

/** HKDF-Extract with SHA-256 (RFC 5869 2.2): 32 bytes. */
export function hkdfExtract(secret: Uint8Array, salt: string): Uint8Array {
  return extract(sha256, secret, utf8ToBytes(salt));
}

/** HKDF-Expand with SHA-256 (RFC 5869 2.3): 32 bytes. */
export function hkdfExpand(pseudoRandomKey: Uint8Array, info: string): Uint8Array {
  return expand(sha256, pseudoRandomKey, utf8ToBytes(info), 32);
}
