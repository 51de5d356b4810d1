// Labs of tests whose process was killed before it could take them down.
import { lstatSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "./alive.ts";

export interface Leftover {
  readonly name: string;
  /** Its WIREWRIGHT_STATE. */
  readonly state: string;
}

// As tests/support/lab.ts makes them: a directory that mkdtemp(3) lets only us write to, and in it one test's labs, named
// by a word and the number of the test's process.
const STATE = /^wirewright-lab-\w{6}$/;
const NAME = /^[a-z]+(\d+)b?$/;

/** Where another process has that number by now, its lab stays: what is not ours must not go. */
export function leftovers(): readonly Leftover[] {
  const places = entries(tmpdir()).filter((entry) => STATE.test(entry));
  const states = places.map((entry) => join(tmpdir(), entry)).filter(isOurs);
  const labs = states.flatMap((state) => entries(join(state, "lab")).map((name) => ({ name, state })));
  return labs.filter(({ name }) => {
    const [, pid] = NAME.exec(name) ?? [];
    return pid !== undefined && !isAlive(pid);
  });
}

function isOurs(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return []; // gone, or never made
  }
}
