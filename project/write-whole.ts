import { randomBytes } from "node:crypto";
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** `atMost`: less what the umask takes. */
export type Mode =
  | { readonly atMost: number; readonly exactly?: never }
  | { readonly exactly: number; readonly atMost?: never };

/**
 * Has its mode from the first byte on, and is there whole or not at all: a crash leaves the old file or the new one. A
 * link of that name is replaced, not followed. Throws what the failed call throws.
 */
export function writeWhole(file: string, content: string | Uint8Array, { atMost, exactly }: Mode): void {
  const temporary = `${file}.${randomBytes(4).toString("hex")}.tmp`;
  // Before the rest: what is of that name already is not ours to remove.
  const handle = openSync(temporary, "wx", exactly ?? atMost);
  try {
    writeDurably(handle, content, exactly);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeDurably(handle: number, content: string | Uint8Array, mode: number | undefined): void {
  try {
    if (mode !== undefined) fchmodSync(handle, mode);
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
