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

/** 32 bytes again, with white space between: a key that was wrapped is still one. */
const WRAPPED = `${CHARACTER}(?:\\s*${CHARACTER}){42}\\s*=|[0-9a-fA-F](?:\\s*[0-9a-fA-F]){63}`;

// Or an armoured key: nothing that belongs here looks like that.
const SECRET = new RegExp(`${alone(WRAPPED)}|-----BEGIN`);

// A key that lost or gained a few characters on the way is still a secret; a long host name is only not repeated.
const MAYBE_SECRET = new RegExp(`(?:${CHARACTER}|=){40}|-----BEGIN`);

/** What may be half of a key. Shorter pieces say little of one; white space is looked through. */
const PIECE = new RegExp(`${CHARACTER}(?:\\s*(?:${CHARACTER}|=)){21,}`, "g");
const WORD = "(?:(?:[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]+)[0-9]*|[0-9]+)";
/** Names, paths and sentences, with something between every two words: no key is so tidy. */
const WORDS = new RegExp(`^${WORD}(?:[-_/+\\s]+${WORD})*$`);

/** True for text that is key material by its looks. */
export function looksSecret(text: string): boolean {
  return SECRET.test(text);
}

/** True for text that could be key material, whole or in part. Such text is never repeated. */
export function mayBeSecret(text: string): boolean {
  return MAYBE_SECRET.test(text) || (text.match(PIECE) ?? []).some(isPieceOfKey);
}

/** Random characters of base64 are of all three kinds: in 22 of them one time in 40 there is no digit, and hardly ever no capital. */
function isPieceOfKey(piece: string): boolean {
  const isMixed = /[A-Z]/.test(piece) && /[a-z]/.test(piece) && /[0-9]/.test(piece);
  return (isMixed || MAYBE_SECRET.test(piece.replace(/\s+/g, ""))) && !WORDS.test(piece);
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
