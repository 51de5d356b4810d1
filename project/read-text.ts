import { closeSync, openSync, readSync } from "node:fs";

/** Bytes; larger files are refused by whoever parses them, so no more than one byte beyond is ever read. */
const MOST_BYTES = 4 * 1024 * 1024 + 1;

/** The beginning of a text file, at most 4 MiB and a byte; a device or a pipe is read no further. Throws one sentence. */
export function readText(file: string): string {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(readBytes(file));
  } catch (error) {
    throw Object.assign(new Error(`${file} ${reason(error)}`), { exitCode: 2 });
  }
}

function readBytes(file: string): Uint8Array {
  const handle = openSync(file, "r");
  try {
    const bytes = new Uint8Array(MOST_BYTES);
    let length = 0;
    for (let count = -1; count !== 0 && length < MOST_BYTES; length += count) {
      count = readSync(handle, bytes, length, MOST_BYTES - length, null);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(handle);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist; name an intent file such as domain.example.yaml",
  EISDIR: "is a directory; name a file in it",
  EACCES: "may not be read; look at its permissions",
  ENOTDIR: "goes through something that is no directory",
};

function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? `can't be read (${code || "unknown reason"})`;
}
