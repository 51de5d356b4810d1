import { closeSync, existsSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { load } from "../core/domain/load.ts";
import type { Problem } from "../core/domain/problem.ts";
import type { Domain } from "../core/domain/types.ts";
import { formatLock, parseLock } from "../core/plan/addressing.ts";
import { compile } from "../core/plan/compile.ts";
import type { ServerPlan } from "../core/plan/types.ts";
import { readText } from "./read-text.ts";

export { formatProblem } from "../core/domain/problem.ts";

/** The intent file and its lock, compiled. */
export interface Intent {
  readonly domainFile: string;
  readonly domain: Domain;
  readonly plans: readonly ServerPlan[];
  readonly lock: { readonly file: string; readonly text: string; readonly state: "current" | "stale" };
}

/** `domain.yaml` keeps its addresses in `domain.lock.yaml`, as a package lock stands beside its package. */
export function lockFileOf(domainFile: string): string {
  return join(dirname(domainFile), `${basename(domainFile).replace(/\.ya?ml$/, "")}.lock.yaml`);
}

/** An intent, or all problems in the order of the file they are in: the domain file or its lock. */
export interface IntentReading {
  readonly intent?: Intent;
  readonly problems: readonly Problem[];
  readonly file: string;
}

/** Reads and compiles. Throws one sentence, and only when a file cannot be read. */
export function readIntent(domainFile: string): IntentReading {
  const loaded = load(readText(domainFile));
  if (loaded.domain === undefined) return { problems: loaded.problems, file: domainFile };
  const file = lockFileOf(domainFile);
  const before = existsSync(file) ? readText(file) : "";
  const parsed = parseLock(before);
  if (parsed.problems.length > 0) return { problems: parsed.problems, file };
  const compiled = compile(loaded.domain, parsed.lock);
  if (compiled.problems.length > 0) return { problems: compiled.problems, file: domainFile };
  const text = formatLock(compiled.lock);
  return {
    intent: {
      domainFile,
      domain: loaded.domain,
      plans: compiled.plans,
      lock: { file, text, state: text === before ? "current" : "stale" },
    },
    problems: [],
    file: domainFile,
  };
}

/** Publishes a text file atomically: a crash leaves the old file or the new one. */
export function writeLock(lock: { readonly file: string; readonly text: string }): void {
  const temporary = `${lock.file}.${process.pid}.tmp`;
  const handle = openSync(temporary, "wx", 0o644);
  writeSync(handle, lock.text);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(temporary, lock.file);
}
