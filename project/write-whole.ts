import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** `atMost`: less what the umask takes. */
export type Mode =
  | { readonly atMost: number; readonly exactly?: never }
  | { readonly exactly: number; readonly atMost?: never };

/**
 * Has its mode from the first byte on, and is there whole or not at all: a crash leaves the old file or the new one. A
 * link of that name is replaced, not followed. Throws what the failed call throws.
 */
export function writeWhole(file: string, content: string | Uint8Array, mode: Mode): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeDurably(temporary, content, mode);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeDurably(file: string, content: string | Uint8Array, { atMost, exactly }: Mode): void {
  const handle = openSync(file, "wx", exactly ?? atMost);
  try {
    if (exactly !== undefined) fchmodSync(handle, exactly);
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
