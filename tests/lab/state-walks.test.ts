import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { noScenarioBecause } from "../support/scenario.ts";

// The long run, by hand: `node tests/support/state-walks.ts 2000 1`.
const program = join(import.meta.dirname, "../support/state-walks.ts");
if (noScenarioBecause !== undefined) console.warn(`skipped: walks from intent to intent: ${noScenarioBecause}`);

const MINUTES = 10 * 60_000;

(noScenarioBecause === undefined ? test.each : test.skip.each)([
  ["dash", "25", "1"],
  ["ash", "8", "3"],
])(
  "after any change of the intent, live equals plan, and what belongs to others is as it was (%s, %s walks)",
  async (shell, count, seed) => {
    const ran = promisify(execFile)(process.execPath, [program, count, seed, shell], { timeout: MINUTES - 10_000 });
    const { stdout } = await ran.catch(({ stdout, stderr }) => ({ stdout: `${stdout}\n${stderr}` }));
    console.info(stdout.split("\n").find((line: string) => line.startsWith("walks: ")) ?? stdout);
    expect(stdout).toContain(`; 0 ended elsewhere, foreign state unchanged`);
    expect(stdout).toContain(`scenario walks (${shell}): done`);
  },
  MINUTES,
);
