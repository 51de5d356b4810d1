import { readFileSync } from "node:fs";

/** A zombie has ended: in a container nobody may ever wait for it. */
export function isAlive(pid: string): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
