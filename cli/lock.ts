import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Command } from "commander";
import type { Lock } from "../core/plan/types.ts";
import { badInput } from "../device/bad-input.ts";
import { printable } from "./output.ts";

export function register(program: Command): void {
  program.command("lock").argument("<file>", "the intent file").action(lock);
}

/** Writes the address lock beside the intent file, whole or not at all, and says what changed. */
async function lock(file: string): Promise<void> {
  if (isStream(file))
    throw badInput(`${file} is no regular file, so no lock can stand beside it; name the intent file itself`);
  const { parseLock } = await import("../core/plan/lock-file.ts");
  const { writeLock } = await import("../project/intent.ts");
  const { mustReadIntent } = await import("./input/must-read-intent.ts");
  const { lock: written } = mustReadIntent(file);
  if (written.state === "current") {
    process.stdout.write(`${printable(written.file)}: current, ${count(parseLock(written.text).lock.hosts.size)}\n`);
    return;
  }
  writeLock(written);
  const after = parseLock(written.text).lock;
  const lines = changes(written.before, after);
  process.stdout.write(`${printable(written.file)}: written, ${count(after.hosts.size)}\n${lines.join("")}`);
}

/** Where the names of open files are, whatever these lead to. */
const DESCRIPTORS = /^\/(?:dev|dev\/fd|proc\/.*)$/;

/** Standard input and the like. What can't be read at all is told by whoever reads it. */
function isStream(file: string): boolean {
  try {
    const found = statSync(file);
    return !found.isDirectory() && (!found.isFile() || DESCRIPTORS.test(realpathSync(dirname(file))));
  } catch {
    return false;
  }
}

function count(clients: number): string {
  return clients === 1 ? "1 client" : `${clients} clients`;
}

function changes(before: Lock, after: Lock): string[] {
  const gone = [...before.hosts].filter(([path]) => !after.hosts.has(path));
  const lines = [...after.hosts].flatMap(([path, host]) => {
    const old = before.hosts.get(path);
    if (old === host) return [];
    return [[path, old === undefined ? `+ ${path} ${host}` : `~ ${path} ${old} -> ${host}`] as const];
  });
  return [...lines, ...gone.map(([path, host]) => [path, `- ${path} ${host}`] as const)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, line]) => `${line}\n`);
}
