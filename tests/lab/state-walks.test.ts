import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

// The long run, by hand: `node tests/support/state-walks.ts 2000 1`.
const program = join(import.meta.dirname, "../support/state-walks.ts");
const cache =
  process.env.WIREWRIGHT_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "wirewright");
const missing = [
  ...(process.getuid?.() === 0 ? [] : ["root, for namespaces"]),
  ...["wireguard-go", "boringtun-cli"].map((name) => join(cache, "bin", name)).filter((path) => !existsSync(path)),
  ...["/usr/bin/wg", "/usr/sbin/nft", "/bin/busybox"].filter((path) => !existsSync(path)),
];
if (missing.length > 0) console.warn(`skipped: walks from intent to intent need ${missing.join(", ")}`);

const MINUTES = 10 * 60_000;

(missing.length === 0 ? test.each : test.skip.each)([
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
