import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { buildKiller, noKillerBecause } from "../support/killer.ts";

// Scenarios of the device helper, each in namespaces of its own: sh files under tests/support/wgctl/scenarios, so that
// the same file runs by hand (`sh tests/support/wgctl/run.sh SHELL SCENARIO [ARGUMENT...]`) with larger counts.
const run = join(import.meta.dirname, "../support/wgctl/run.sh");
const cache =
  process.env.WIREWRIGHT_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "wirewright");
const missing = [
  ...(process.getuid?.() === 0 ? [] : ["root, for namespaces"]),
  ...["wireguard-go", "boringtun-cli"].map((name) => join(cache, "bin", name)).filter((path) => !existsSync(path)),
  ...["/usr/bin/wg", "/usr/sbin/nft", "/bin/busybox", "/usr/bin/script"].filter((path) => !existsSync(path)),
];
if (missing.length > 0) console.warn(`skipped: the helper's scenarios need ${missing.join(", ")}`);
const each = missing.length === 0 ? test.each : test.skip.each;

const MINUTES = 15 * 60_000;

async function scenario(shell: string, name: string, options: readonly string[], killer = ""): Promise<string> {
  const env = { ...process.env, KILLER: killer };
  const ran = promisify(execFile)("sh", [run, shell, name, ...options], { timeout: MINUTES - 10_000, env });
  const { stdout } = await ran.catch(({ stdout, stderr }) => ({ stdout: `${stdout}\n${stderr}` }));
  return stdout;
}

each([
  ["what was installed and applied is removed without a trace", "dash", "trace", []],
  ["what was installed and applied is removed without a trace", "ash", "trace", ["boringtun"]],
  ["each kind of change arrives, names only what changed, and shows no secret", "dash", "changes", []],
  ["each kind of change arrives, names only what changed, and shows no secret", "dash", "changes", ["boringtun"]],
  ["each kind of change arrives, names only what changed, and shows no secret", "ash", "changes", []],
  ["each kind of drift is seen and repaired", "dash", "drift", []],
  ["each kind of drift is seen and repaired", "ash", "drift", ["boringtun"]],
  ["a document that is not exactly right is refused before anything changes", "dash", "documents", []],
  ["a document that is not exactly right is refused before anything changes", "ash", "documents", []],
  ["what is not ours stays", "dash", "owners", []],
  ["one helper works at a time, and a dead one is no obstacle", "dash", "locks", []],
  ["a change that nobody confirms over another connection is undone", "dash", "confirm", []],
  ["a change that nobody confirms over another connection is undone", "dash", "confirm", ["boringtun"]],
  ["a change that nobody confirms over another connection is undone", "ash", "confirm", []],
  ["damaged records, scratch and tools never mean: delete", "dash", "damage", []],
  ["damaged records, scratch and tools never mean: delete", "ash", "damage", ["boringtun"]],
  ["changes and repairs lose no packet of another peer", "dash", "sessions", []],
  ["changes and repairs lose no packet of another peer", "dash", "sessions", ["boringtun"]],
  ["a start of the device brings up what was last confirmed", "dash", "boot", []],
  ["a start of the device brings up what was last confirmed", "ash", "boot", ["boringtun"]],
  ["the boot hook of each kind of system is put in place, told when it is not, and taken away", "dash", "hooks", []],
  ["the boot hook of each kind of system is put in place, told when it is not, and taken away", "ash", "hooks", []],
  ["a tool that is broken ends in a clear word and the old state", "dash", "tools", []],
  ["killed at any call, the device ends exactly old or new", "dash", "crash", ["15", "1", "before after orphan"]],
  [
    "killed at any call, the device ends exactly old or new",
    "dash",
    "crash",
    ["6", "2", "before after orphan", "boringtun"],
  ],
  [
    "with a tool that fails at any call, the device ends exactly old or new",
    "dash",
    "crash",
    ["12", "3", "fail half garbage reorder"],
  ],
  ["ten thousand peers are applied, probed and one more added", "dash", "scale", ["10000"]],
])(
  "%s (%s, %s %j)",
  async (_sentence, shell, name, options) => {
    const said = await scenario(shell, name, options);
    for (const line of said.split("\n").filter((text) => /^(crash|scale|drift|documents|sessions|damage): /.test(text)))
      console.info(line);
    expect(said).toContain(`scenario ${name} (${shell}): done`);
  },
  MINUTES,
);

const noKiller = missing.length === 0 ? noKillerBecause() : "see above";
if (noKiller !== undefined) console.warn(`skipped: killing at a system call: ${noKiller}`);

(noKiller === undefined ? test.each : test.skip.each)([
  ["dash", "4"],
  ["ash", "5"],
])(
  "killed at any system call that changes something, the device ends exactly old or new (%s)",
  async (shell, seed) => {
    const killer = buildKiller();
    const said = await scenario(shell, "crash", ["12", seed, "call-before call-after"], killer);
    rmSync(dirname(killer), { recursive: true });
    console.info(said.match(/^crash: .*trials \(.*$/m)?.[0]);
    expect(said).toContain(`scenario crash (${shell}): done`);
    expect(Number(/, (\d+) hit/.exec(said)?.[1])).toBeGreaterThan(6);
  },
  MINUTES,
);
