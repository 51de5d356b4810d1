/** Longest piece of the user's text that a message repeats. */
const LONGEST = 60;

/** A character of base64 in either alphabet, and of the patterns below. */
const CHARACTER = "[A-Za-z0-9+/_-]";
/** 32 bytes as padded base64 or as hex. */
export const KEY = `${CHARACTER}{43}=|[0-9a-fA-F]{64}`;
/** 32 bytes as base64 without its padding; a path of that length seldom has both a capital and a digit. */
export const BARE_KEY = `(?=${CHARACTER}{0,42}[A-Z])(?=${CHARACTER}{0,42}[0-9])${CHARACTER}{43}`;

/** The pattern where it is no part of something longer. */
export function alone(pattern: string): string {
  return `(?<!${CHARACTER})(?:${pattern})(?!${CHARACTER}|=)`;
}

// Or an armoured key: nothing that belongs here looks like that.
const SECRET = new RegExp(`${alone(KEY)}|-----BEGIN`);

// A key that lost or gained a few characters on the way is still a secret; a long host name is only not repeated.
const MAYBE_SECRET = new RegExp(`(?:${CHARACTER}|=){40}|-----BEGIN`);

/** True for text that is key material by its looks. */
export function looksSecret(text: string): boolean {
  return SECRET.test(text);
}

/** True for text that could be key material, whole or in part. Such text is never repeated. */
export function mayBeSecret(text: string): boolean {
  return MAYBE_SECRET.test(text);
}

/** The user's text for a message: quoted, short, printable, and never a key. */
export function quote(text: string): string {
  if (mayBeSecret(text)) return `a text of ${text.length} characters (it may be a key, so it is not repeated)`;
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return `"${short.replace(/[^ !#-~…]/g, escapeUnit)}"`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
