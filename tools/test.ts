// Runs the checks, the unit tests and the lab tests, one after the other, names once more what failed, and ends with one
// line that counts them all.
// `npm test` calls it after the set-up. Exit code 1 when anything failed, and when nothing ran.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Counts, countsOf } from "./jest-report.ts";
import { leftovers } from "./leftovers.ts";
import { findProgram, noLabBecause, toolchain } from "./toolchain.ts";

const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
const PASSED: Counts = { ...NOTHING, passed: 1 };
const SKIPPED: Counts = { ...NOTHING, skipped: 1 };
const HEARTBEAT_SECONDS = 60;
/** Suites that deploy it; the scenarios of the helper skip themselves. */
const WITH_BORINGTUN = ["bench", "drift", "lab-client"];

const checkout = join(import.meta.dirname, "..");
const modules = join(checkout, "node_modules");
const environment = { ...process.env, PATH: `${join(modules, ".bin")}:${process.env.PATH}` };
const startedAt = performance.now();
let total = NOTHING;
let running: ChildProcess | undefined;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    running?.kill("SIGTERM");
    finish(add(total, failed(`stopped by ${signal}`)));
  });
}

await takeDownLeftovers();
for (const command of checks()) total = add(total, await check(command));
total = add(total, await jest("unit"));
total = add(total, await labTests());
finish(total);

/** What can't be taken down is in nobody's way: the next labs have other names. */
async function takeDownLeftovers(): Promise<void> {
  for (const { name, state } of leftovers()) {
    say(`taking down lab ${name}, which a test that was killed has left`);
    const program = join(checkout, "cli/wirewright.mjs");
    await run(process.execPath, [program, "lab", "down", "--name", name], { WIREWRIGHT_STATE: state });
  }
}

async function labTests(): Promise<Counts> {
  const tools = toolchain();
  const reason = noLabBecause(tools);
  if (reason !== undefined) return skip("lab tests", reason);
  if (tools.boringtun !== undefined) return jest("lab", "--maxWorkers=2");
  const skipped = skip(`lab tests of ${WITH_BORINGTUN.join(", ")}`, "they need boringtun, which cargo builds");
  const others = ["--testPathIgnorePatterns", `/lab/(${WITH_BORINGTUN.join("|")})\\.test\\.ts$`];
  return add(skipped, await jest("lab", "--maxWorkers=2", ...others));
}

/** The tools of `npm run check`, one command each. */
function checks(): readonly string[] {
  const file: { readonly scripts: { readonly check: string } } = JSON.parse(
    readFileSync(join(checkout, "package.json"), "utf8"),
  );
  return file.scripts.check.split(" && ");
}

async function check(command: string): Promise<Counts> {
  const tool = command.split(" ", 1)[0] ?? "";
  if (findProgram(tool, environment.PATH.split(":")) === undefined) return skip(tool, "it is not installed");
  say(command);
  return (await run("sh", ["-c", command])) === 0 ? PASSED : failed(command);
}

async function jest(project: string, ...options: readonly string[]): Promise<Counts> {
  say(`${project} tests`);
  const directory = mkdtempSync(join(tmpdir(), "wirewright-test-"));
  const report = join(directory, "report.json");
  try {
    const program = join(modules, "jest/bin/jest.js");
    const args = [program, "--selectProjects", project, "--json", "--outputFile", report, ...options];
    const code = await run(process.execPath, args);
    const counts = countsOf(JSON.parse(readFileSync(report, "utf8")), checkout);
    // Jest has more ways to fail than a failed test: no test found, an open handle, a broken configuration.
    if (code === 0 || counts.failed > 0) return counts;
    return add(counts, failed(`${project} tests: Jest ended with ${code}, but no test failed`));
  } catch (error) {
    return failed(`${project} tests: no report: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function add(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

function failed(what: string): Counts {
  return { ...NOTHING, failed: 1, failures: [what] };
}

function skip(what: string, why: string): Counts {
  say(`skipped: ${what}: ${why}`);
  return SKIPPED;
}

/** Runs one program with its output on ours; its exit code, 1 for a signal. */
function run(program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<number> {
  const env = { ...environment, ...more };
  const child = spawn(program, args, { cwd: checkout, env, stdio: ["ignore", "inherit", "inherit"] });
  running = child;
  const heartbeat = setInterval(() => say("still running"), HEARTBEAT_SECONDS * 1000);
  return new Promise<number>((resolve) => {
    child.on("error", (error) => {
      say(error.message);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  }).finally(() => clearInterval(heartbeat));
}

function say(text: string): void {
  const seconds = Math.floor((performance.now() - startedAt) / 1000);
  process.stdout.write(`[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}] ${text}\n`);
}

function finish({ passed, failed, skipped, failures }: Counts): never {
  say("done");
  if (failures.length > 0)
    process.stdout.write(
      `\nfailed (one file again: npx jest FILE):\n${failures.map((line) => `  ${line}\n`).join("")}\n`,
    );
  process.stdout.write(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}
