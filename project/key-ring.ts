import { createPrivateKey } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { PublicKey } from "../core/net/key.ts";
import { type KeyRing, keyRing } from "../core/plan/keys.ts";
import type { ServerPlan } from "../core/plan/types.ts";

/** The keys of a root secret, public keys by OpenSSL: a quarter of the time, which 10,000 clients notice. */
export function openKeyRing(rootSecret: Uint8Array): KeyRing {
  return keyRing(rootSecret, publicKeyOf);
}

export function publicKeyOf(privateKey: Uint8Array): PublicKey {
  // As a JWK (RFC 8037), which takes two thirds of the time of DER; `x`, the public key, is not looked at.
  const jwk = { kty: "OKP", crv: "X25519", x: "", d: Buffer.from(privateKey).toString("base64url") };
  const { x = "" } = createPrivateKey({ key: jwk, format: "jwk" }).export({ format: "jwk" });
  return Buffer.from(x, "base64url").toString("base64") as PublicKey;
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
