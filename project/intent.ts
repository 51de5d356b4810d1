import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { load } from "../core/domain/load.ts";
import { type Problem, sortProblems } from "../core/domain/problem.ts";
import type { Domain } from "../core/domain/types.ts";
import { type Compiled, compile } from "../core/plan/compile.ts";
import { emptyLock, formatLock, parseLock } from "../core/plan/lock-file.ts";
import type { Lock, ServerPlan } from "../core/plan/types.ts";
import { unnumbered } from "../core/plan/unnumbered.ts";
import { errorCode } from "../core/thrown.ts";
import { badInput } from "../device/bad-input.ts";
import { isAbsent, oddityOf, tryReadPlainText, tryReadText } from "./read-text.ts";
import { writeWhole } from "./write-whole.ts";

/** The intent file and its lock, compiled. */
export interface Intent {
  readonly domainFile: string;
  readonly domain: Domain;
  readonly plans: readonly ServerPlan[];
  readonly lock: IntentLock;
}

interface IntentLock {
  readonly file: string;
  /** What it should say. */
  readonly text: string;
  readonly state: "current" | "stale";
  /** What it says; empty when there is none. */
  readonly before: Lock;
}

/** `domain.yaml` keeps its addresses in `domain.lock.yaml`, as a package lock stands beside its package. */
function lockFileOf(domainFile: string): string {
  return join(dirname(domainFile), `${basename(domainFile).replace(/\.ya?ml$/, "")}.lock.yaml`);
}

/** An intent, or all problems: those of the intent file in its order, then those of its lock, which name it. */
export interface IntentReading {
  readonly intent?: Intent;
  readonly problems: readonly Problem[];
}

/** Reads and compiles. A file that can't be read is a problem like any other. */
export function readIntent(domainFile: string): IntentReading {
  const { text, problem } = tryReadText(domainFile);
  if (problem !== undefined) return { problems: [problem] };
  const loaded = load(text);
  const before = readLock(lockFileOf(domainFile));
  const whole = loaded.domain ?? loaded.judgeable;
  // Where a number is in doubt, the lock would be held against clients that do nothing wrong.
  const isNumbered = before.problems.length === 0 && !loaded.isNumberMissing;
  const compiled = whole && (isNumbered ? compile(whole, before.lock) : compile(unnumbered(whole), emptyLock));
  const problems = [...sortProblems([...loaded.problems, ...(compiled?.problems ?? [])]), ...before.problems];
  if (loaded.domain === undefined || compiled === undefined || problems.length > 0) return { problems };
  return { intent: intentOf(domainFile, loaded.domain, compiled, before), problems };
}

interface LockReading {
  readonly file: string;
  readonly text: string;
  /** Empty when there are problems. */
  readonly lock: Lock;
  readonly problems: readonly Problem[];
}

const LOCK_HINT = "put a plain file there, or take it away and run wirewright lock";

/** A lock that does not exist is an empty one. */
function readLock(file: string): LockReading {
  if (isAbsent(file)) return { file, text: "", lock: emptyLock, problems: [] };
  const { text, problem } = tryReadPlainText(file);
  if (problem !== undefined)
    return { file, text: "", lock: emptyLock, problems: [{ ...problem, file, hint: LOCK_HINT }] };
  const { lock, problems } = parseLock(text);
  return { file, text, lock, problems: problems.map((one) => ({ ...one, file })) };
}

function intentOf(domainFile: string, domain: Domain, { plans, lock }: Compiled, before: LockReading): Intent {
  const text = formatLock(lock);
  const state = text === before.text ? "current" : "stale";
  return { domainFile, domain, plans, lock: { file: before.file, text, state, before: before.lock } };
}

/**
 * Publishes the lock file atomically: a crash leaves the old one or the new one, which keeps its mode. A link stays, and
 * what it leads to is written when that is a regular file. Throws one sentence.
 */
export function writeLock({ file, text }: { readonly file: string; readonly text: string }): void {
  const oddity = oddityOf(file);
  // A directory is told by the call that fails.
  if (oddity !== undefined && oddity !== "EISDIR")
    throw badInput(`the lock file ${file} is no plain file; ${LOCK_HINT}`);
  try {
    if (isAbsent(file)) writeWhole(file, text, { atMost: 0o644 });
    else writeWhole(realpathSync(file), text, { exactly: statSync(file).mode & 0o777 });
  } catch (error) {
    const next = "let your account write to its directory, and run this again";
    throw new Error(`the lock file ${file} can't be written (${errorCode(error)}); ${next}`);
  }
}
