import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { down } from "../../lab/down.ts";
import { must, type Outcome } from "../../lab/execute.ts";
import { capture } from "../../lab/run.ts";
import { type Lab, labOf } from "../../lab/state.ts";

export const rooted = process.getuid?.() === 0;
/** `describe` where a lab can run; elsewhere it says why it doesn't. */
export const describeLab = rooted ? describe : describe.skip;
if (!rooted) console.warn("skipped: a lab needs root, for network namespaces");

export interface ScratchLab {
  readonly lab: Lab;
  /** Runs a shell script on a node (default: the operator). */
  readonly sh: (script: string, on?: string) => Promise<Outcome>;
  /** Its stdout, trimmed; throws when it fails. */
  readonly read: (script: string, on?: string) => Promise<string>;
  /** Takes the lab down and its state directory away. */
  readonly close: () => Promise<void>;
}

const STATE_PREFIX = "wirewright-lab-";

/** A lab of its own, not up yet, its state in a directory of its own. `npm test` takes it down should this process die. */
export function scratchLab(name: string): ScratchLab {
  const root = mkdtempSync(join(tmpdir(), STATE_PREFIX));
  process.env.WIREWRIGHT_STATE = root;
  const lab = labOf(`${name}${process.pid}`);
  const sh = (script: string, on = "operator") => capture(lab, { on, argv: ["sh", "-c", script], timeoutSeconds: 60 });
  return {
    lab,
    sh,
    async read(script, on) {
      const { code, stdout, stderr } = await sh(script, on);
      if (code !== 0) throw new Error(`${script}: exit ${code}: ${stderr}`);
      return stdout.trim();
    },
    async close() {
      await down(lab);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** What of this machine a lab could have touched. Other labs may come and go meanwhile, so only this one's part is looked at. */
export async function machine({ name, dir }: Lab): Promise<Record<string, unknown>> {
  const lines = (text: string) => text.trim().split("\n").sort();
  const mounts = lines(readFileSync("/proc/self/mountinfo", "utf8")).map((row) => row.split(" ").slice(3).join(" "));
  // A lab's own mounts on the machine: names of namespaces, and its disks where they have to be kept in memory.
  const ofLabs = (row: string) => row.includes("/run/netns") || row.includes(`/${STATE_PREFIX}`);
  return {
    links: lines(await must(["ip", "-o", "link"])),
    addresses: lines(await must(["ip", "-o", "address"])).map((row) => row.replace(/valid_lft.*/, "")),
    routes: lines(await must(["ip", "route", "show", "table", "all"])),
    rules: lines(await must(["ip", "rule"])),
    ruleset: await must(["nft", "-s", "list", "ruleset"]),
    mounts: mounts.filter((row) => !ofLabs(row) || row.includes(`/ww-${name}-`) || row.includes(`${dir}/`)),
    namespaces: namespacesOf(name),
    state: existsSync(dir),
    processes: processesOf(name, dir),
    files: ["/etc/netns", "/run/wireguard", "/run/sshd.pid", "/tmp/boringtun.out"].filter((path) => existsSync(path)),
  };
}

/** Every sysctl of the machine's network that is a setting, not a count. */
export async function sysctls(): Promise<ReadonlyMap<string, string>> {
  const rows = (await must(["sh", "-c", "sysctl -a 2>/dev/null"])).split("\n").map((row) => row.split(" = "));
  const settings = rows.filter(([key = ""]) => /^(net|kernel\.(hostname|domainname)|vm)\./.test(`${key}.`));
  const counts = /nf_conntrack_count|^vm\.stat/;
  return new Map(settings.filter(([key = ""]) => !counts.test(key)).map(([key = "", value = ""]) => [key, value]));
}

export function namespacesOf(name: string): readonly string[] {
  const all = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  return all.filter((entry) => entry.startsWith(`ww-${name}-`)).sort();
}

/** Processes that carry the lab's name or place in their command line, directory or open files. */
function processesOf(name: string, dir: string): readonly string[] {
  const own = new Set([process.pid, process.ppid].map(String));
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && !own.has(entry));
  return pids.filter((pid) => {
    const traces = [`/proc/${pid}/cwd`, ...fds(pid)].map(link);
    const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "";
    return [command, ...traces].some((text) => text.includes(`ww-${name}-`) || text.includes(dir));
  });
}

const fds = (pid: string) => (attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []).map((fd) => `/proc/${pid}/fd/${fd}`);
const link = (path: string) => attempt(() => readlinkSync(path)) ?? "";

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** What a person starts. */
export const launcher = join(import.meta.dirname, "../../cli/wirewright.mjs");

/** Runs a script of ours under the Node of this test. Its exit comes as 128 + n when signal n ended it. */
export function cli(args: readonly string[]) {
  // Named, because what a test sets in its environment is otherwise the test's alone.
  return spawn(process.execPath, [launcher, ...args], { env: process.env, stdio: ["pipe", "pipe", "pipe"] });
}

/** Longer than a busy machine needs for anything that is waited for here, however long one look takes. */
const PATIENCE_SECONDS = 120;

/** Waits until it is so; fails after two minutes. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_SECONDS * 1000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_SECONDS} s in vain until ${what}`);
    await sleep(20);
  }
}
