import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";

const source = join(import.meta.dirname, "killer");

/** Why the program that kills at a system call can't be had here; undefined when it can. */
export function noKillerBecause(): string | undefined {
  if (arch() !== "x64") return `the program that kills at a system call knows x64 only, and this is ${arch()}`;
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "Go is not installed, and the program that kills at a system call is built with it";
  }
}

/** Builds it, in a directory of its own; returns its path. */
export function buildKiller(): string {
  const program = join(mkdtempSync(join(tmpdir(), "wirewright-killer-")), "killer");
  const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "" };
  execFileSync("go", ["build", "-trimpath", "-buildvcs=false", "-o", program, "."], { cwd: source, env });
  return program;
}
