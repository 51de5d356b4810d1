// `npm run bench:safety`: the figures of what this program promises about safety, each by a run with larger counts than
// those of `npm test`. Prints a line per figure with its target, and ends with 1 when one is missed.
//   npm run bench:safety -- [--seed N] [NAME...]     NAME: only figures whose name holds it
// Root and the toolchain of `npm test` are needed; all of it takes hours on two processors, so pick.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { buildKiller, noKillerBecause } from "./support/killer.ts";

interface Figure {
  readonly name: string;
  readonly target: string;
  readonly run: (seed: string) => readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The words of the output that are the figure; undefined when it is not there. */
  readonly found: (output: string) => string | undefined;
  readonly reached: (output: string) => boolean;
}

const root = join(import.meta.dirname, "..");
const scenario = (shell: string, name: string, ...options: readonly string[]): readonly string[] => [
  "sh",
  join(root, "tests/support/wgctl/run.sh"),
  shell,
  name,
  ...options,
];
const jest = (file: string, name = ""): readonly string[] => [
  process.execPath,
  join(root, "node_modules/jest/bin/jest.js"),
  "--selectProjects",
  "lab",
  "--testPathPatterns",
  `lab/${file}`,
  ...(name === "" ? [] : ["--testNamePattern", name]),
];
const line = (start: RegExp) => (output: string) => output.split("\n").findLast((text) => start.test(text));

/** Trials of `scenarios/crash.sh`: the scenario stops at the first device that is neither old nor new. */
function trials(
  name: string,
  shell: string,
  count: string,
  deeds: string,
  ...implementations: readonly string[]
): Figure {
  return {
    name,
    target: "0 between old and new",
    run: (seed) => scenario(shell, "crash", count, seed, deeds, ...implementations),
    found: line(/^crash: \d+ trials \(/),
    reached: (output) => output.includes(`scenario crash (${shell}): done`),
  };
}

const FIGURES: readonly Figure[] = [
  // At each place one of the deeds and one of the ways of recovery, in turn.
  trials("kill around each tool", "dash", "each", "before after orphan alone"),
  trials("kill around tools, boringtun", "dash", "200", "before after orphan alone", "boringtun"),
  trials("kill at each system call", "dash", "each", "call-before call-after"),
  trials("kill at system calls, busybox ash", "ash", "300", "call-before call-after"),
  trials("tools that fail", "dash", "2000", "fail half garbage reorder"),
  trials("tools that hang", "dash", "40", "hang"),
  {
    name: "walks from intent to intent",
    target: "0 ended elsewhere",
    run: (seed) => [process.execPath, join(root, "tests/support/state-walks.ts"), "2000", seed],
    found: line(/^walks: \d/),
    reached: (output) => / 0 ended elsewhere/.test(output),
  },
  {
    name: "drift mutations",
    target: "all named and repaired, 0 packets of others lost",
    run: () => jest("drift"),
    found: line(/^Tests: /),
    reached: (output) => /^Tests: +\d+ passed, \d+ total/m.test(output),
  },
  {
    name: "drift mutations, WireGuard of the kernel and systemd",
    target: "all named and repaired",
    run: () => jest("machine"),
    environment: { WIREWRIGHT_KERNEL_ROWS: "all" },
    found: line(/^Tests: /),
    reached: (output) => /^Tests: +\d+ passed, \d+ total/m.test(output),
  },
  {
    name: "policy verdicts against the naive model",
    target: "10,000,000 lookups, 0 disagreements",
    run: (seed) => [process.execPath, join(root, "tests/support/policy-fuzz.ts"), "10000000", seed],
    found: line(/lookups in/),
    reached: (output) => / 0 disagreements/.test(output),
  },
  {
    name: "policy reloaded under a flood",
    target: "500 reloads, 0 leaked, 0 allowed lost on the way",
    run: () => jest("security-packets", "S15"),
    environment: { WIREWRIGHT_RELOADS: "500" },
    found: (output) => /S15: .*/.exec(output)?.[0],
    reached: (output) => {
      const [, leaked, lost, late] = /, (\d+) leaked; (\d+) of \d+ allowed ones lost, (\d+) of them/.exec(output) ?? [];
      return leaked === "0" && lost !== undefined && lost === late;
    },
  },
  {
    name: "a change that locks everybody out",
    target: "back within the window plus 2 s, every time",
    run: () => jest("security.test", "S25"),
    environment: { WIREWRIGHT_LOCKOUTS: "20" },
    found: (output) => /S25: .*/.exec(output)?.[0],
    reached: (output) => Number(/at most (\d+) s after/.exec(output)?.[1] ?? "9") <= 2,
  },
  {
    name: "another peer's packets while peers come and go",
    target: "0 lost",
    run: () => scenario("dash", "sessions"),
    found: line(/^sessions: /),
    reached: (output) => /packets, 0 lost by/.test(output),
  },
  {
    name: "probe of an interface with 1,000 peers",
    target: "under 1 s on the device",
    run: () => scenario("dash", "scale", "1000"),
    found: line(/^scale: probe: /),
    reached: (output) => Number(/^scale: probe: (\d+) ms/m.exec(output)?.[1] ?? "9999") < 1000,
  },
  {
    name: "SSH lost at every step",
    target: "0 between old and new",
    run: () => jest("drops"),
    environment: { WIREWRIGHT_DROPS: "120" },
    found: (output) => /drops: .*/.exec(output)?.[0],
    reached: (output) => /^Tests: .*\d+ passed, \d+ total/m.test(output) && !/^Tests: .*failed/m.test(output),
  },
  {
    name: "pulumi killed",
    target: "the next up finishes it, every time",
    run: () => jest("pulumi-killed"),
    environment: { WIREWRIGHT_KILLS: "30" },
    found: (output) => /pulumi killed: .*/.exec(output)?.[0],
    reached: (output) => /^Tests: .*\d+ passed, \d+ total/m.test(output) && !/^Tests: .*failed/m.test(output),
  },
];

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const at = words.indexOf("--seed");
  const seed = at >= 0 ? (words[at + 1] ?? "") : "20261127";
  if (!/^[1-9]\d{0,8}$/.test(seed)) {
    process.stderr.write("bench: --seed takes a whole number, such as 7\n");
    return 2;
  }
  const names = words.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  const chosen = FIGURES.filter(({ name }) => names.length === 0 || names.some((word) => name.includes(word)));
  if (chosen.length === 0) {
    process.stderr.write(`bench: no figure is called so; there are: ${FIGURES.map(({ name }) => name).join("; ")}\n`);
    return 2;
  }
  const why = noKillerBecause();
  const killer = why === undefined ? buildKiller() : "";
  const missed: string[] = [];
  for (const figure of chosen) if (!(await measured(figure, seed, killer))) missed.push(figure.name);
  if (killer !== "") rmSync(dirname(killer), { recursive: true });
  process.stdout.write(
    `${chosen.length} figures, ${missed.length} missed; seed ${seed}, ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}${why ? `; ${why}` : ""}\n`,
  );
  return missed.length === 0 ? 0 : 1;
}

async function measured({ name, target, run, environment, found, reached }: Figure, seed: string, killer: string) {
  const began = performance.now();
  const output = await outputOf(run(seed), { ...process.env, ...environment, KILLER: killer, FORCE_COLOR: "0" });
  const isReached = reached(output);
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  const said = found(output) ?? output.trim().split("\n").at(-1) ?? "nothing";
  process.stdout.write(
    `${isReached ? "ok    " : "MISSED"}  ${name} (target: ${target}), ${minutes} min: ${said.replace(/[^ -~]/g, "?").slice(0, 300)}\n`,
  );
  return isReached;
}

/** stdout and stderr of a command, whatever its end. */
function outputOf([program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.stderr.on("data", (part: Buffer) => parts.push(part));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(Buffer.concat(parts).toString()));
  });
}
