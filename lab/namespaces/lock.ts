import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { errorCode } from "../../core/thrown.ts";
import { execute, keepOpen } from "../execute.ts";
import { type Lab, privateDir } from "../state.ts";

const WAIT_SECONDS = 120;

/** One change of a lab at a time. Makes the lab's state directory, which is the lock. */
export async function exclusively<T>(lab: Lab, change: () => Promise<T>): Promise<T> {
  for (;;) {
    const attempt = await whileLocked(lab.dir, async () => ({ result: await change() }));
    if (attempt) return attempt.result;
  }
}

/** One change at a time of what all labs of the machine share. For moments only. Leaves no file. */
export async function amongLabs<T>(change: () => Promise<T>): Promise<T> {
  const attempt = await whileLocked("/run", async () => ({ result: await change() }));
  if (!attempt) throw new Error("/run has been replaced meanwhile; run the command again");
  return attempt.result;
}

/**
 * The lock goes with an open file that our tools inherit: after a `kill -9` it is free as soon as the last tool that was
 * still at work has ended, and not before. Returns undefined when the directory has been removed while we waited.
 */
async function whileLocked<T>(dir: string, change: () => Promise<T>): Promise<T | undefined> {
  const file = openDir(dir);
  if (file === undefined) return undefined;
  try {
    const lock = await execute(["flock", "--timeout", String(WAIT_SECONDS), "3"], {
      timeoutSeconds: WAIT_SECONDS + 10,
      inherit: [file],
    });
    if (lock.code !== 0) {
      throw new Error(
        `something else has been changing ${dir} for ${WAIT_SECONDS} s; look for a stuck "wirewright lab"`,
      );
    }
    if (statSync(dir, { throwIfNoEntry: false })?.ino !== fstatSync(file).ino) return undefined;
    const release = keepOpen(file);
    try {
      return await change();
    } finally {
      release();
    }
  } finally {
    closeSync(file);
  }
}

function openDir(dir: string): number | undefined {
  try {
    return openSync(privateDir(dir), "r");
  } catch (error) {
    // A `lab down` takes empty directories away, maybe between our two steps.
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
