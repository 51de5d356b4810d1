import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

// Scenarios of the device helper, each in namespaces of its own: sh files under tests/support/wgctl/scenarios, so that
// the same file runs by hand (`sh tests/support/wgctl/run.sh SHELL SCENARIO [ARGUMENT...]`) with larger counts.
const run = join(import.meta.dirname, "wgctl/run.sh");
const cache =
  process.env.WIREWRIGHT_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "wirewright");
const missing = [
  ...(process.getuid?.() === 0 ? [] : ["root, for namespaces"]),
  ...["wireguard-go", "boringtun-cli"].map((name) => join(cache, "bin", name)).filter((path) => !existsSync(path)),
  ...["/usr/bin/wg", "/usr/sbin/nft", "/bin/busybox", "/usr/bin/script"].filter((path) => !existsSync(path)),
];

/** Why no scenario can run here; undefined when it can. */
export const noScenarioBecause = missing.length === 0 ? undefined : `it needs ${missing.join(", ")}`;

export const SCENARIO_MS = 15 * 60_000;

/** What a test's row says: a sentence, a shell, a scenario, its arguments. */
export type ScenarioRow = readonly [sentence: string, shell: string, name: string, options: readonly string[]];

/** Runs one; returns what it printed. `KILLER` is where the program that kills at a system call is. */
export async function runScenario(
  shell: string,
  name: string,
  options: readonly string[],
  killer = "",
): Promise<string> {
  const env = { ...process.env, KILLER: killer };
  const ran = promisify(execFile)("sh", [run, shell, name, ...options], { timeout: SCENARIO_MS - 10_000, env });
  const { stdout } = await ran.catch(({ stdout, stderr }) => ({ stdout: `${stdout}\n${stderr}` }));
  return stdout;
}

/** One test for each row. */
export function testScenarios(rows: readonly ScenarioRow[]): void {
  if (noScenarioBecause !== undefined) console.warn(`skipped: scenarios of the helper: ${noScenarioBecause}`);
  (noScenarioBecause === undefined ? test.each : test.skip.each)(rows)(
    "%s (%s, %s %j)",
    async (_sentence, shell, name, options) => {
      const said = await runScenario(shell, name, options);
      for (const line of said.split("\n").filter((text) => SUMMARY.test(text))) console.info(line);
      expect(said).toContain(`scenario ${name} (${shell}): done`);
    },
    SCENARIO_MS,
  );
}

const SUMMARY = /^(crash|scale|drift|documents|sessions|damage|walks): /;
