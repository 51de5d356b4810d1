import { spawnSync } from "node:child_process";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the launcher as a person would, with this Node or another. */
export function wirewright(
  args: readonly string[],
  options: { readonly node?: string; readonly cwd?: string } = {},
): Ended {
  const { status, stdout, stderr } = spawnSync(
    options.node ?? process.execPath,
    [join(ROOT, "cli/wirewright.mjs"), ...args],
    { cwd: options.cwd ?? ROOT, encoding: "utf8", timeout: 120_000, maxBuffer: 64 * 1024 * 1024 },
  );
  return { code: status, stdout, stderr };
}
