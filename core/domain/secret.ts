import { parsePublicKey } from "../net/key.ts";
import { looksPrivate } from "../net/private-key.ts";
import type { TextFault } from "./text.ts";

export const SECRET: Omit<TextFault, "offset"> = {
  code: "secret-in-file",
  message: "this looks like key material, which has no place here",
  hint: "remove it, and treat it as disclosed if the file was shared",
};

/** 32 bytes as base64 or hex, or an armoured private key. */
const CANDIDATE =
  /(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/]{43}=|[0-9a-fA-F]{64})(?![A-Za-z0-9+/_=-])|-----BEGIN [A-Z ]*PRIVATE KEY/g;
/** What stands before a secret that somebody named as one. */
const NAMED = /(?:private|preshared|pre-shared|psk|secret)[ _-]?(?:key)?["']?\s*[:=]\s*["']?$/i;

/**
 * Where a comment holds a secret. Public keys and digests are at home in comments and look the same, so a text counts
 * only when it is called a secret, or has the bits of a private key and is no public one.
 */
export function secretIn(comment: string): number | undefined {
  const candidates = [...comment.matchAll(CANDIDATE)];
  const isSecret = (text: string, before: string): boolean =>
    text.startsWith("-----") || NAMED.test(before) || looksPrivateText(text);
  return candidates.find(({ 0: text, index }) => isSecret(text, comment.slice(0, index)))?.index;
}

function looksPrivateText(text: string): boolean {
  const { key } = parsePublicKey(text);
  return key !== undefined && looksPrivate(key);
}
