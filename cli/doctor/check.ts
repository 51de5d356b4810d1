import { execFile } from "node:child_process";
import { findProgram } from "../../tools/toolchain.ts";

/** One thing that is needed: what was found, and what to do where it is missing. Never holds a secret. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "missing";
  readonly found: string;
  readonly next?: string;
}

const COMMAND_MILLISECONDS = 15_000;

export const ok = (name: string, found: string): Check => ({ name, state: "ok", found });

export const missing = (name: string, found: string, next: string): Check => ({ name, state: "missing", found, next });

/** From a sentence as they are thrown: what was found; what to do next. */
export function faulty(name: string, sentence: string): Check {
  const [found = "", ...next] = sentence.split("; ");
  return missing(name, found, next.join("; ") || "correct that");
}

/** What a program prints, without its last newline; undefined when it is absent, fails or takes too long. */
export function output([name = "", ...args]: readonly string[]): Promise<string | undefined> {
  const file = findProgram(name, [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"]) ?? name;
  return new Promise((done) => {
    execFile(file, args, { timeout: COMMAND_MILLISECONDS, killSignal: "SIGKILL" }, (error, stdout) =>
      done(error === null ? stdout.trimEnd() : undefined),
    );
  });
}
