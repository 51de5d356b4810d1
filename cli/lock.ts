import type { Command } from "commander";
import type { Lock } from "../core/plan/types.ts";

export function register(program: Command): void {
  program.command("lock").argument("<file>", "the intent file").action(lock);
}

/** Writes the address lock beside the intent file, whole or not at all, and says what changed. */
async function lock(file: string): Promise<void> {
  const { existsSync } = await import("node:fs");
  const { emptyLock, parseLock } = await import("../core/plan/addressing.ts");
  const { writeLock } = await import("../project/intent.ts");
  const { readText } = await import("../project/read-text.ts");
  const { mustReadIntent } = await import("./intent.ts");
  const { lock: written } = mustReadIntent(file);
  if (written.state === "current") {
    process.stdout.write(`${written.file}: current, ${count(parseLock(written.text).lock.hosts.size)}\n`);
    return;
  }
  const before = existsSync(written.file) ? parseLock(readText(written.file)).lock : emptyLock;
  writeLock(written);
  const after = parseLock(written.text).lock;
  process.stdout.write(`${written.file}: written, ${count(after.hosts.size)}\n${changes(before, after).join("")}`);
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
