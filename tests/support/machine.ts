import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { must, type Outcome } from "../../lab/execute.ts";
import { switchOf } from "../../lab/namespaces/namespace.ts";
import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";
import { findProgram, toolchain } from "../../tools/toolchain.ts";

/** As tools/build-machine.sh has made it. */
export const MACHINE_ADDRESS = "192.168.1.20";
const MAC = "02:77:c0:a8:01:14";
const PORT = "lan-20";
/** Without the processor's help all takes ten times as long, and twice that beside other tests. */
const BOOT_SECONDS = 240;
const SESSION_SECONDS = 240;
/** Of a session that asks whether the machine has started; one that was begun before it was ready may never end. */
const GREETING_SECONDS = 60;

/** A Debian with systemd and a kernel that has WireGuard, on the lab's wire `lan`. */
export interface Machine {
  /** Runs a shell script there, over ssh from the lab's operator. */
  readonly sh: (script: string, stdin?: string) => Promise<Outcome>;
  /** Its stdout, trimmed; throws when it fails. */
  readonly read: (script: string) => Promise<string>;
  /** Pulls the plug and starts it again: what was not on its disk is gone. */
  readonly reset: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** For a stack's settings. */
  readonly identity: string;
  readonly knownHosts: string;
}

/** Its end is the boot's: which one it is. */
const GREETING = "systemctl is-system-running --wait >&2; cat /proc/sys/kernel/random/boot_id";

const files = (): string => join(toolchain().cacheRoot, "machine");

/** Why it can't be had here; undefined when it can. */
export function noMachineBecause(): string | undefined {
  if (findProgram("qemu-system-x86_64", (process.env.PATH ?? "").split(":")) === undefined)
    return "qemu is not installed";
  return existsSync(join(files(), "disk.img"))
    ? undefined
    : "no disk; sh tools/run.sh setup makes it, on Debian for amd64";
}

/** Starts one with an untouched disk; what it writes is gone with it. The lab must be up. */
export async function startMachine(lab: Lab): Promise<Machine> {
  const identity = join(lab.dir, "home/.ssh/machine");
  const knownHosts = join(lab.dir, "home/.ssh/machine-known-hosts");
  writeFileSync(identity, readFileSync(join(files(), "id_ed25519")), { mode: 0o600 });
  const [type, key] = readFileSync(join(files(), "host-key.pub"), "utf8").split(" ");
  writeFileSync(knownHosts, `${MACHINE_ADDRESS} ${type} ${key}\n`);
  await must(["ip", "-n", switchOf(lab), "-batch", "-"], {
    stdin: `tuntap add ${PORT} mode tap\nlink set ${PORT} master lan up\n`,
  });
  const qemu = start(lab);
  const ssh = [
    "ssh",
    "-o",
    "ConnectTimeout=5",
    "-i",
    identity,
    "-o",
    `UserKnownHostsFile=${knownHosts}`,
    `root@${MACHINE_ADDRESS}`,
  ];
  const session = (script: string, stdin: string, timeoutSeconds: number) =>
    capture(lab, { argv: [...ssh, "sh", "-c", `'${script.replaceAll("'", "'\\''")}'`], stdin, timeoutSeconds });
  const sh = (script: string, stdin = "") => session(script, stdin, SESSION_SECONDS);
  const greeting = () => session(GREETING, "", GREETING_SECONDS);
  const machine: Machine = {
    sh,
    async read(script) {
      const { code, stdout, stderr } = await sh(script);
      if (code !== 0) throw new Error(`${script}: exit ${code}: ${stderr}`);
      return stdout.trim();
    },
    async reset() {
      const before = await machine.read("cat /proc/sys/kernel/random/boot_id");
      // Not from under this very session, nor from under the next.
      await sh("{ sleep 1; echo b >/proc/sysrq-trigger; } >/dev/null 2>&1 &");
      await sleep(5000);
      await answering(qemu, greeting, before);
    },
    async close() {
      if (qemu.exitCode === null && qemu.signalCode === null) {
        const ended = once(qemu, "exit");
        qemu.kill("SIGKILL");
        await ended;
      }
      await must(["ip", "-n", switchOf(lab), "link", "delete", PORT]);
    },
    identity,
    knownHosts,
  };
  try {
    await answering(qemu, greeting);
  } catch (error) {
    await machine.close();
    throw error;
  }
  return machine;
}

/** It ends with this process, whatever ends that. */
function start(lab: Lab): ChildProcess {
  const disk = `file=${join(files(), "disk.img")},format=raw,if=none,id=disk,snapshot=on`;
  const wire = `tap,id=wire,ifname=${PORT},script=no,downscript=no`;
  const hardware = ["-accel", "tcg,tb-size=256", "-cpu", "max", "-m", "768", "-nodefaults", "-display", "none"];
  const boot = ["-kernel", join(files(), "vmlinuz"), "-append", "root=/dev/nvme0n1 rw console=ttyS0 panic=10 quiet"];
  const devices = [
    ...["-drive", disk, "-device", "nvme,drive=disk,serial=1"],
    ...["-netdev", wire, "-device", `virtio-net-pci,netdev=wire,mac=${MAC}`],
    ...["-serial", `file:${join(lab.dir, "machine.log")}`],
  ];
  const guard = ["setpriv", "--pdeathsig", "KILL", "--"];
  const argv = ["netns", "exec", switchOf(lab), ...guard, "qemu-system-x86_64", ...hardware, ...boot, ...devices];
  return spawn("ip", argv, { stdio: ["ignore", "ignore", "inherit"] });
}

/** Waits until a login works, and into another boot than `before`. */
async function answering(qemu: ChildProcess, greeting: () => Promise<Outcome>, before = ""): Promise<void> {
  const until = Date.now() + BOOT_SECONDS * 1000;
  while (Date.now() < until) {
    if (qemu.exitCode !== null || qemu.signalCode !== null) throw new Error("qemu has ended");
    const { code, stdout } = await greeting();
    if (code === 0 && stdout.trim() !== before) return;
    await sleep(500);
  }
  throw new Error(`no login within ${BOOT_SECONDS} s`);
}
