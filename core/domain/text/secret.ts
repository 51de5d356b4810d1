import { parsePublicKey } from "../../net/key.ts";
import { hasFixedBits, looksPrivate } from "../../net/private-key.ts";
import { simplified } from "../suggest.ts";
import { alone, BARE_KEY, KEY, looksSecret } from "./quote.ts";
import type { TextFault } from "./text.ts";

export const SECRET: Omit<TextFault, "offset"> = {
  code: "secret-in-file",
  message: "this looks like key material, which has no place here",
  hint: "remove it, and treat it as disclosed if the file was shared",
};

const PRIVATE_KEY: Omit<TextFault, "offset"> = {
  code: "private-key",
  message: "this looks like a private key",
  hint: "give the output of wg pubkey, and treat this key as disclosed if the file was shared",
};

/**
 * Keys of one file whose group is looked at, at 0.7 to 1.1 ms each: half a second in all. One public key in 16 has
 * the fixed bits of a private one, so this is enough for about 6,400 in fields and 800 in comments. Those beyond pass.
 */
export const MOST_TESTS = { fields: 400, comments: 50 } as const;

export type PrivateKeyTest = (text: string) => boolean;

/** Says whether a text is a private key, until it has cost the most that it may; then always no. */
export function privateKeyTest(mostTests: number): PrivateKeyTest {
  let left = mostTests;
  return (text) => {
    const { key } = parsePublicKey(text);
    return key !== undefined && hasFixedBits(key) && left-- > 0 && looksPrivate(key);
  };
}

/** Public keys belong in one field, however it is spelt, and private ones nowhere. */
export function secretFault(
  text: string,
  field: string,
  isPrivate: PrivateKeyTest,
): Omit<TextFault, "offset"> | undefined {
  if (!looksSecret(text)) return undefined;
  if (simplified(field) !== "publickey") return SECRET;
  return isPrivate(text.replace(/\s+/g, "")) ? PRIVATE_KEY : undefined;
}

/** What may be a key, or is an armoured one. */
const CANDIDATE = new RegExp(`${alone(`${KEY}|${BARE_KEY}`)}|-----BEGIN [A-Z ]*PRIVATE KEY`, "g");
/** What stands before a secret that somebody named as one. */
const NAMED = /(?:private|preshared|pre-shared|psk|secret)[ _-]?(?:key)?["']?\s*[:=]?\s*["']?$/i;
/** Longest of that which is looked at, so that a long comment costs no more than its length. */
const LONGEST_NAME = 40;

/**
 * Where a comment holds a secret. Public keys and digests are at home in comments and look the same, so a text counts
 * only when it is called a secret, or has the bits of a private key and is no public one.
 */
export function secretIn(comment: string, isPrivate: PrivateKeyTest): number | undefined {
  const isSecret = (text: string, before: string): boolean =>
    text.startsWith("-----") || NAMED.test(before) || isPrivate(text);
  for (const { 0: text, index } of comment.matchAll(CANDIDATE)) {
    if (isSecret(text, comment.slice(Math.max(0, index - LONGEST_NAME), index))) return index;
  }
  return undefined;
}
