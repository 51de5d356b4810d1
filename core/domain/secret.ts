import { parsePublicKey } from "../net/key.ts";
import { looksPrivate } from "../net/private-key.ts";
import { alone, BARE_KEY, KEY } from "./quote.ts";
import type { TextFault } from "./text.ts";

export const SECRET: Omit<TextFault, "offset"> = {
  code: "secret-in-file",
  message: "this looks like key material, which has no place here",
  hint: "remove it, and treat it as disclosed if the file was shared",
};

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
export function secretIn(comment: string): number | undefined {
  const isSecret = (text: string, before: string): boolean =>
    text.startsWith("-----") || NAMED.test(before) || looksPrivateText(text);
  for (const { 0: text, index } of comment.matchAll(CANDIDATE)) {
    if (isSecret(text, comment.slice(Math.max(0, index - LONGEST_NAME), index))) return index;
  }
  return undefined;
}

function looksPrivateText(text: string): boolean {
  const { key } = parsePublicKey(text);
  return key !== undefined && looksPrivate(key);
}
