import { createPrivateKey, createPublicKey } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { PublicKey } from "../core/net/key.ts";
import { type KeyRing, keyRing } from "../core/plan/keys.ts";
import type { ServerPlan } from "../core/plan/types.ts";

/** `PrivateKeyInfo` of an X25519 key up to the 32 bytes themselves (RFC 8410 7). */
const PRIVATE_KEY_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC_KEY_BYTES = 32;

/** The keys of a root secret, public keys by OpenSSL: a quarter of the time, which 10,000 clients notice. */
export function openKeyRing(rootSecret: Uint8Array): KeyRing {
  return keyRing(rootSecret, publicKeyOf);
}

export function publicKeyOf(privateKey: Uint8Array): PublicKey {
  const key = createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_HEAD, privateKey]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return spki.subarray(-PUBLIC_KEY_BYTES).toString("base64") as PublicKey;
}

/** About 6 ms: a connection that is being made hardly notices. */
const KEYS_AT_A_TIME = 100;

/** Lets the ring remember the public keys of all peers, for the time in which a device is asked and nothing else is to do. */
export async function deriveAhead(plan: ServerPlan, keys: KeyRing): Promise<void> {
  for (const [i, peer] of plan.interfaces.flatMap(({ peers }) => peers).entries()) {
    if (i % KEYS_AT_A_TIME === 0) await setImmediate();
    keys.peerPublicKey(peer.key);
  }
}
