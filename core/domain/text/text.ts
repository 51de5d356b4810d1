import type { Position } from "../types.ts";

/** Bytes. A 10,000-client file has about 1 MiB. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** A fault of the text itself, before any YAML: `offset` counts UTF-16 units. */
export interface TextFault {
  readonly code: string;
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** The text without its byte order mark, so that columns are what an editor shows. */
export function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Set when the file is larger than anything this program reads. */
export function sizeFault(text: string): Omit<TextFault, "offset"> | undefined {
  const tooLarge = text.length > LARGEST_FILE || new TextEncoder().encode(text).length > LARGEST_FILE;
  if (!tooLarge) return undefined;
  return { code: "file-too-large", message: "the file is larger than 4 MiB", hint: "split it into several domains" };
}

// C0 and C1 controls but tab and line feed; carriage return without line feed; characters that reorder or hide text, so
// that a reviewer sees something else than the parser (CVE-2021-42574), and spaces that are none to it; what a decoder
// writes for bytes that are not UTF-8. The variation selector of emoji, U+FE0F, may stay.
const FOREIGN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /(?:[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u00a0\u00ad]|\r(?!\n)|\u034f|\u17b4|\u17b5|[\u180b-\u180f]|[\u061c\u115f\u1160\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\u3164\ufeff\uffa0\ufff9-\ufffd]|[\ufe00-\ufe0e]|\udb40[\udc00-\udc7f\udd00-\uddef]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff])+/g;

/** Every second byte of ASCII text in UTF-16 is zero; its byte order mark is two bytes that are not UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const UTF_16 = /^(?:\ufffd\ufffd)?(?:\u0000[^\u0000]|[^\u0000]\u0000)/;

const AS_UTF_8 = "save the file as UTF-8";

/** Faults of the file rather than of one place, by the character that shows them: said once. */
const WHOLE_FILE: ReadonlyMap<number, { readonly message: string; readonly hint: string }> = new Map([
  [0xfffd, { message: "bytes that are not UTF-8", hint: AS_UTF_8 }],
  [0x0000, { message: "a NUL character, which no text has", hint: AS_UTF_8 }],
  [0x000d, { message: "a carriage return without a line feed", hint: "save with LF or CRLF line ends" }],
]);

/** Places of other characters that are listed. */
const MOST_PLACES = 20;

/** Spaces of other scripts are at home in a comment. Of the same length, so that places hold. */
const withPlainComments = (text: string): string =>
  text.replace(/(?<=^|[ \t])#[^\n]*/gm, (comment) => comment.replace(/\p{Zs}/gu, " "));

/** The characters that no intent file needs, comments included: a fault for each run of them, and not too many. */
export function characterFaults(text: string): TextFault[] {
  if (UTF_16.test(text)) return [bad(0, "this looks like UTF-16", AS_UTF_8)];
  const kinds = new Map<number | undefined, { readonly shown: TextFault[]; more: number }>();
  for (const { 0: run, index } of withPlainComments(text).matchAll(FOREIGN)) {
    const unit = run.charCodeAt(0);
    const kind = WHOLE_FILE.has(unit) ? unit : undefined;
    const seen = kinds.get(kind) ?? { shown: [], more: 0 };
    kinds.set(kind, seen);
    if (seen.shown.length < (kind === undefined ? MOST_PLACES : 1)) seen.shown.push(runFault(run, unit, index));
    else seen.more++;
  }
  const faults = [...kinds.values()].flatMap(({ shown, more }) => withMore(shown, more));
  return faults.sort((a, b) => a.offset - b.offset);
}

function bad(offset: number, message: string, hint: string): TextFault {
  return { code: "bad-character", offset, message, hint };
}

function runFault(run: string, unit: number, offset: number): TextFault {
  const whole = WHOLE_FILE.get(unit);
  if (whole) return bad(offset, whole.message, whole.hint);
  const characters = [...run];
  const name = `U+${(run.codePointAt(0) ?? unit).toString(16).toUpperCase().padStart(4, "0")}`;
  const message =
    characters.length === 1
      ? `the invisible or control character ${name}`
      : `${characters.length} invisible or control characters, the first is ${name}`;
  return bad(offset, message, /^\p{Zs}/u.test(run) ? "write a plain space" : "remove it");
}

/** The last one shown says how many are not. */
function withMore(shown: readonly TextFault[], more: number): readonly TextFault[] {
  const last = shown.at(-1);
  if (last === undefined || more === 0) return shown;
  return shown.with(-1, { ...last, message: `${last.message}, and ${more} more` });
}

/** Offsets to 1-based lines and columns. */
export function positionIn(text: string): (offset: number) => Position {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
  };
}
