import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { badInput } from "./output.ts";

/** Mode 0600 from its first byte on, and whole or not at all; a link of that name is replaced, not followed. */
export function writeSecretFile(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = openSync(temporary, "wx", 0o600);
    try {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw badInput(`${file} can't be written (${code}); name another file`);
  }
}
