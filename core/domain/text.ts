import type { Position } from "./types.ts";

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
export function sizeFault(text: string): TextFault | undefined {
  const tooLarge = text.length > LARGEST_FILE || new TextEncoder().encode(text).length > LARGEST_FILE;
  if (!tooLarge) return undefined;
  return {
    code: "file-too-large",
    offset: 0,
    message: "the file is larger than 4 MiB",
    hint: "split it into several domains",
  };
}

// C0 and C1 controls but tab and line feed; carriage return without line feed; characters that reorder or hide text, so
// that a reviewer sees something else than the parser (CVE-2021-42574); what a decoder writes for bytes that are not UTF-8.
const FOREIGN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffd]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Every character that no intent file needs, comments included. */
export function characterFaults(text: string): TextFault[] {
  return [...text.matchAll(FOREIGN)].map((match) => {
    const unit = match[0].charCodeAt(0);
    const message =
      unit === 0xfffd
        ? "bytes that are not UTF-8"
        : `the invisible or control character U+${unit.toString(16).toUpperCase().padStart(4, "0")}`;
    const hint = unit === 0xfffd ? "save the file as UTF-8" : "remove it";
    return { code: "bad-character", offset: match.index, message, hint };
  });
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
