import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { deviceDir, type Lab, namespaceOf, privateDir } from "../state.ts";
import { hostsFile, type Node } from "../topology.ts";
import { diskOf, ensureDisk } from "./disk.ts";
import { unwire, wire } from "./namespace.ts";
import { initIn, killAll, namespaceId, netFile } from "./processes.ts";

const BOOT_SECONDS = 90;

/** What a device's init and every command in it start with; nothing of the caller's environment gets in. */
export const DEVICE_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};

/** The init of a node as this machine numbers it; undefined when the node is down. */
export function initOf(lab: Lab, node: Node): number | undefined {
  const id = namespaceId(namespaceOf(lab, node.name));
  return id === undefined ? undefined : initIn(id);
}

/** Up and whole: its init lives, its cables are plugged in, a device's sshd listens. */
export function isUp(lab: Lab, node: Node): boolean {
  const init = initOf(lab, node);
  if (init === undefined) return false;
  const plugged = netFile(init, "dev");
  return (
    node.links.every((link) => new RegExp(`^ *${link.interface}:`, "m").test(plugged)) &&
    (node.kind === "host" || listensForSsh(init))
  );
}

// Read from the kernel: bare connections to sshd count against its limits.
function listensForSsh(init: number): boolean {
  return /: [0-9A-F]{8}:0016 [0-9A-F]{8}:0000 0A /.test(netFile(init, "tcp"));
}

/** Brings a node up from whatever state it is in; a device keeps its disk, or gets a new one. Throws when its init can't in time. */
export async function boot(lab: Lab, node: Node, limitSeconds = BOOT_SECONDS): Promise<void> {
  await halt(lab, node);
  await wire(lab, node);
  if (node.kind !== "host")
    await ensureDisk(lab, node, readFileSync(join(lab.dir, "home/.ssh/id_ed25519.pub"), "utf8"));
  const deadline = Date.now() + limitSeconds * 1000;
  if (!(await startInit(lab, node, limitSeconds))) throw notUp(lab, node);
  while (!isUp(lab, node)) {
    if (initOf(lab, node) === undefined || Date.now() > deadline) throw notUp(lab, node);
    await sleep(20);
  }
}

function notUp(lab: Lab, node: Node): Error {
  const last = readFileSync(consoleOf(lab, node), "utf8").trim().split("\n").slice(-3).join(" | ");
  return new Error(`${node.name} did not come up: ${last || "its init said nothing"}; see ${consoleOf(lab, node)}`);
}

/** Ends everything a node runs and takes its network away. Its files stay. */
export async function halt(lab: Lab, node: Node): Promise<void> {
  const id = namespaceId(namespaceOf(lab, node.name));
  if (id !== undefined) await killAll(id);
  await unwire(lab, node);
}

const consoleOf = (lab: Lab, node: Node): string => join(deviceDir(lab, node.name), "console.log");

// A pipe that our caller left open must not stay open for as long as the node lives. Only bash can close two-digit files.
const ONLY_FOUR_FILES = 'for fd in $(ls /proc/$$/fd); do ((fd < 4)) || exec {fd}>&-; done; exec "$@"';

/** False when its init has ended, or been ended for its slowness, before it had moved in. */
async function startInit(lab: Lab, node: Node, limitSeconds: number): Promise<boolean> {
  privateDir(deviceDir(lab, node.name));
  const unshare = [
    "unshare",
    "--fork",
    "--pid",
    "--mount",
    "--uts",
    "--ipc",
    "--kill-child=KILL",
    "--propagation=slave",
  ];
  const enter = ["ip", "netns", "exec", namespaceOf(lab, node.name), ...unshare];
  const argv = ["-c", ONLY_FOUR_FILES, "bash", ...enter, "sh", ...initArguments(lab, node)];
  const log = openSync(consoleOf(lab, node), "a", 0o600);
  const options: SpawnOptions = { detached: true, env: { ...DEVICE_ENVIRONMENT }, stdio: ["ignore", log, log, "pipe"] };
  const child = spawn("bash", argv, options);
  closeSync(log);
  child.unref();
  // The init writes a line when it has moved in.
  const ready = child.stdio[3] as Readable;
  const timer = setTimeout(() => {
    child.kill("SIGKILL"); // unshare, and with it the init
    ready.destroy(); // for one that not even this ends at once
  }, limitSeconds * 1000);
  try {
    return await Promise.race([once(ready, "data").then(() => true), once(ready, "close").then(() => false)]);
  } finally {
    clearTimeout(timer);
    ready.destroy();
  }
}

function initArguments(lab: Lab, node: Node): readonly string[] {
  const script = (name: string) => join(lab.checkout, "lab/init", name);
  if (node.kind === "host") return [script("host.sh"), node.name, ...shownFiles(lab, node)];
  const { disk, mountPoint } = diskOf(lab, node.name);
  return [script("root.sh"), disk, mountPoint, script(`${node.kind}.sh`)];
}

/** Pairs of a file of ours and the place where the node sees it. */
function shownFiles(lab: Lab, node: Node): readonly string[] {
  const dir = join(deviceDir(lab, node.name), "etc");
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "hosts"), hostsFile(node));
  // Without a name server a lookup is refused at once instead of timing out.
  writeFileSync(join(dir, "resolv.conf"), "# no name server: names are in /etc/hosts\n");
  const files = [join(dir, "hosts"), "/etc/hosts", join(dir, "resolv.conf"), "/etc/resolv.conf"];
  // ssh looks for its user's files in the password database's home, not in $HOME.
  return node.name === "operator" ? [...files, join(lab.dir, "home/.ssh/config"), "/etc/ssh/ssh_config"] : files;
}
