import { closeSync, fstatSync, lstatSync, openSync, readSync, realpathSync, type Stats, statSync } from "node:fs";
import type { Problem } from "../core/domain/problem.ts";
import { errorCode } from "../core/thrown.ts";
import { badInput } from "../device/bad-input.ts";

/** Bytes; larger files are refused by whoever parses them, so no more than one byte beyond is ever read. */
const MOST_BYTES = 4 * 1024 * 1024 + 1;

export type Reading =
  | { readonly text: string; readonly problem?: never }
  | { readonly text?: never; readonly problem: Problem };

/** The beginning of a text file, at most 4 MiB and a byte; a device or a pipe is read no further. */
export function tryReadText(file: string): Reading {
  try {
    if (isNamedPipe(file)) return unreadable("EPIPE");
    return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(readBytes(file)) };
  } catch (error) {
    const code = errorCode(error);
    return unreadable(code === "ENOENT" && !isAbsent(file) ? "dangling" : code);
  }
}

/** The same, of a file that may be replaced later: nothing but a regular one, or a link to one. */
export function tryReadPlainText(file: string): Reading {
  const oddity = oddityOf(file);
  return oddity === undefined ? tryReadText(file) : unreadable(oddity);
}

/** What there is instead of a regular file, as a key of `REASONS`; what can't be looked at is told by whoever reads it. */
export function oddityOf(file: string): keyof typeof REASONS | undefined {
  const found = look(file);
  if (found === undefined || found.isFile()) return undefined;
  if (found.isDirectory()) return "EISDIR";
  if (found.isFIFO()) return "EPIPE";
  return found.isSocket() ? "ENXIO" : "device";
}

function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Whether nothing at all has this name. A link to nowhere has it, and what can't be looked at may have it. */
export function isAbsent(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** The same, for callers that have no list of problems. Throws one sentence, with exit code 2. */
export function readText(file: string): string {
  const { text, problem } = tryReadText(file);
  if (text !== undefined) return text;
  throw badInput(`${file}: ${problem.message}; ${problem.hint}`);
}

/** To open one waits for a writer, perhaps for ever. That of `/dev/stdin` and `<(…)` is there already. */
function isNamedPipe(file: string): boolean {
  return statSync(file).isFIFO() && hasName(file);
}

/** A pipe without a name is a link to nowhere on Linux, and its own name under /dev/fd elsewhere. */
function hasName(file: string): boolean {
  try {
    return !realpathSync.native(file).startsWith("/dev/fd/");
  } catch {
    return false;
  }
}

function readBytes(file: string): Uint8Array {
  const handle = openSync(file, "r");
  try {
    // Room for what the file says it is; a device or a pipe says nothing and may hold more.
    let bytes = new Uint8Array(Math.min(Math.max(fstatSync(handle).size + 1, 4096), MOST_BYTES));
    let length = 0;
    for (let count = -1; count !== 0 && length < MOST_BYTES; length += count) {
      if (length === bytes.length) bytes = grown(bytes);
      count = readSync(handle, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(handle);
  }
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(MOST_BYTES);
  larger.set(bytes);
  return larger;
}

/** What was found and what to do next, by the code of the failed call; `dangling` is an ENOENT of what a link leads to. */
const REASONS: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ENOENT: ["the file does not exist", "name an intent file such as domain.example.yaml"],
  dangling: ["this is a symbolic link to a file that does not exist", "name a regular file"],
  EISDIR: ["this is a directory", "name a file in it"],
  EACCES: ["the file may not be read", "look at its permissions"],
  ENOTDIR: ["the path goes through something that is no directory", "look at its parts"],
  ELOOP: ["symbolic links lead in a circle", "name a regular file"],
  EPIPE: ["this is a pipe", "name a regular file"],
  device: ["this is a device", "name a regular file"],
  ENXIO: ["this is a socket or a device that is not there", "name a regular file"],
};

function unreadable(code: string): Reading {
  const [message, hint] = REASONS[code] ?? [`the file can't be read (${code})`, "look at it with ls -l"];
  return { problem: { code: "unreadable-file", path: "", line: 1, column: 1, message, hint } };
}
