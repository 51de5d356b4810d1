import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { initOf } from "../../lab/namespaces/node.ts";
import { type Lab, nodeOf } from "../../lab/state.ts";

/** Files of a running device as it sees them itself, read without entering it: a look takes microseconds. */
export interface DeviceFiles {
  /** Its path on this machine. */
  readonly path: (file: string) => string;
  /** Trimmed text; empty when there is no such file. */
  readonly text: (file: string) => string;
  /** Sorted names; none when there is no such directory. */
  readonly names: (directory: string) => readonly string[];
  /** Command lines of helpers and of what was started to run them, all of the device's own processes. */
  readonly helpers: () => readonly string[];
}

export function deviceFiles(lab: Lab, device: string): DeviceFiles {
  const init = initOf(lab, nodeOf(lab, device));
  if (init === undefined) throw new Error(`${device} is down`);
  const path = (file: string) => join(`/proc/${init}/root`, file);
  const text = (file: string) => attempt(() => readFileSync(path(file), "utf8").trim()) ?? "";
  const names = (directory: string) => attempt(() => readdirSync(path(directory)).sort()) ?? [];
  return {
    path,
    text,
    names,
    helpers: () =>
      names("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => text(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim())
        .filter((line) => line.includes("wgctl")),
  };
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined; // it goes while we look
  }
}
