import { keyNumber, FIELD_PRIME as P, type PublicKey } from "./key.ts";

/** Order of the subgroup that every X25519 public key lies in (RFC 7748 4.1). */
const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;
/** (A + 2) / 4 for Curve25519's A = 486662. */
const A24 = 121666n;

/**
 * True for text that has the fixed bits of a private key (RFC 7748 5: `wg genkey` sets them) and that no private key has
 * as its public key. No real public key is ever refused; of private keys, 15 of 16 are found. One in 16 public keys has
 * the fixed bits by chance and pays about a millisecond for the second test.
 */
export function looksPrivate(key: PublicKey): boolean {
  return hasFixedBits(key) && !isInSubgroup(keyNumber(key));
}

/** Whether `looksPrivate` needs its second test. */
export function hasFixedBits(key: PublicKey): boolean {
  const number = keyNumber(key);
  return (number & 7n) === 0n && number >> 254n === 1n;
}

/** True when ORDER times the point is the point at infinity: the Montgomery ladder of RFC 7748 5. Not for secrets. */
function isInSubgroup(u: bigint): boolean {
  let [x2, z2, x3, z3] = [1n, 0n, u, 1n];
  for (let bit = 252n; bit >= 0n; bit--) {
    const swap = (ORDER >> bit) & 1n;
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2];
    const [a, b, c, d] = [x2 + z2, x2 - z2, x3 + z3, x3 - z3];
    const [aa, bb, da, cb] = [(a * a) % P, (b * b) % P, (d * a) % P, (c * b) % P];
    const e = aa - bb;
    x3 = (da + cb) ** 2n % P;
    z3 = (u * ((da - cb) ** 2n % P)) % P;
    x2 = (aa * bb) % P;
    z2 = (e * (bb + A24 * e)) % P;
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2];
  }
  return z2 % P === 0n;
}
