import { hkdfExpand, hkdfExtract, hmacHex } from "../net/hash.ts";
import type { PublicKey } from "../net/key.ts";
import { clamp, publicKeyOf, toBase64 } from "../net/x25519.ts";
import type { KeyName, PeerKey } from "./types.ts";

/** Everything that is derived from one root secret. Derivation happens when a key is first asked for. */
export interface KeyRing {
  /** Clamped, base64, 44 characters. Secret. */
  privateKey(name: KeyName): string;
  publicKey(name: KeyName): PublicKey;
  /** Base64, 44 characters. Secret. */
  presharedKey(name: KeyName): string;
  peerPublicKey(key: PeerKey): PublicKey;
  /** Marks what belongs to this root secret on a device: 32 hex digits, public. */
  readonly owner: string;
  /** Keyed digest: says whether two texts are the same and nothing else about them; 64 hex digits. */
  digest(text: string): string;
  /** What only a holder of the root secret can say about this text; 32 hex digits. */
  nonce(text: string): string;
}

const SALT = "wirewright root secret";
const MINIMUM_BYTES = 32;
/** One repeated letter, or zeros from a failed read, are no secret. */
const MINIMUM_DISTINCT = 8;

/**
 * Derives by HKDF-SHA-256 (RFC 5869). Throws RangeError on a root secret that is too short or plainly not random.
 * `multiply` is X25519 with the base point, for callers that have a faster one.
 */
export function keyRing(
  rootSecret: Uint8Array,
  multiply: (privateKey: Uint8Array) => PublicKey = publicKeyOf,
): KeyRing {
  if (rootSecret.length < MINIMUM_BYTES) {
    throw new RangeError(`the root secret has ${rootSecret.length} bytes; make one of ${MINIMUM_BYTES} or more`);
  }
  if (new Set(rootSecret).size < MINIMUM_DISTINCT) {
    throw new RangeError("the root secret repeats the same few bytes; make one with: head -c 32 /dev/urandom | base64");
  }
  const root = hkdfExtract(rootSecret, SALT);
  // The label and the separator can't occur in a name, so no two purposes share an info text.
  const derive = (kind: string, name: KeyName): Uint8Array =>
    hkdfExpand(root, `wirewright/1 ${kind} ${name.path} ${name.epoch}`);
  const mark = (kind: string): Uint8Array => derive(kind, { path: "-", epoch: 1 });
  const privateBytes = (name: KeyName): Uint8Array => clamp(derive("private-key", name));
  const publicKey = remember((name) => multiply(privateBytes(name)));
  const digestKey = mark("digest");
  const nonceKey = mark("nonce");
  return {
    privateKey: (name) => toBase64(privateBytes(name)),
    publicKey,
    presharedKey: (name) => toBase64(derive("preshared-key", name)),
    peerPublicKey: (key) => (key.kind === "given" ? key.publicKey : publicKey(key.name)),
    owner: hmacHex(mark("owner"), "owner").slice(0, 32),
    digest: (text) => hmacHex(digestKey, text),
    nonce: (text) => hmacHex(nonceKey, text).slice(0, 32),
  };
}

/** A public key costs a third of a millisecond, and document, comparison and client file all ask for it. */
function remember(derive: (name: KeyName) => PublicKey): (name: KeyName) => PublicKey {
  const known = new Map<string, PublicKey>();
  return (name) => {
    const id = `${name.path} ${name.epoch}`;
    const before = known.get(id);
    if (before !== undefined) return before;
    const key = derive(name);
    known.set(id, key);
    return key;
  };
}
