import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { toolchain } from "../../tools/toolchain.ts";
import { must } from "../execute.ts";
import { deviceDir, type Lab, stateRoot } from "../state.ts";
import { hostsFile, type Node } from "../topology.ts";
import { installOpenwrt } from "./openwrt-disk.ts";
import { makeDirectories, type Personal, writePersonalFiles } from "./personal-files.ts";

// A device shares /usr with the machine (copy on write), but for /usr/local. Everything else it has is its own, made here
// by listing what goes in: what is not listed (homes, keys, logs, cron jobs, password hashes, other people's
// configuration) can't leak in.

const ETC = `
  alternatives bash.bashrc debian_version ethertypes group host.conf inputrc iproute2 ld.so.cache ld.so.conf
  ld.so.conf.d locale.alias localtime login.defs mtab networks nsswitch.conf os-release pam.conf pam.d passwd
  profile protocols rpc security services shells terminfo timezone
`
  .trim()
  .split(/\s+/);

const DIRECTORIES = [
  ...["boot", "dev", "home", "media", "mnt", "opt", "proc", "run", "srv", "sys", "usr"],
  ...["etc/cron.d", "etc/init.d", "etc/ssh"],
  ...["var/cache", "var/empty", "var/lib", "var/log", "var/mail", "var/spool/cron/crontabs"],
] as const;

const SSHD_CONFIG = `HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
`;

/** Where the parts of a device's disk lie. */
export function diskOf(lab: Lab, device: string): { readonly disk: string; readonly mountPoint: string } {
  return { disk: join(deviceDir(lab, device), "disk"), mountPoint: join(deviceDir(lab, device), "mnt") };
}

/** Makes the device's disk as a fresh installation would leave it, unless it has one. */
export async function ensureDisk(lab: Lab, node: Node, authorizedKey: string): Promise<void> {
  const { disk, mountPoint } = diskOf(lab, node.name);
  if (existsSync(join(disk, "complete"))) return;
  eraseDisk(lab, node);
  const root = join(disk, "root");
  const personal: Personal = {
    hostname: node.name,
    hosts: hostsFile(node),
    authorizedKey,
    hostKey: join(deviceDir(lab, node.name), "host-key"),
  };
  if (node.kind === "openwrt") await installOpenwrt(root, personal);
  else await installDebian(lab, disk, root, personal);
  mkdirSync(mountPoint, { recursive: true });
  writeFileSync(join(disk, "complete"), "");
}

async function installDebian(lab: Lab, disk: string, root: string, personal: Personal): Promise<void> {
  for (const dir of ["usr", "work", "local/bin", "local/sbin"]) mkdirSync(join(disk, dir), { recursive: true });
  makeDirectories(root, [...DIRECTORIES, "root/.ssh", "var/tmp"]);
  linkLikeTheMachine(root);
  const etc = ETC.filter((name) => existsSync(join("/etc", name)));
  await must(["cp", "-a", ...etc, join(root, "etc")], { cwd: "/etc" });
  writePersonalFiles(root, personal);
  writeFileSync(join(root, "etc/ssh/sshd_config"), SSHD_CONFIG);
  copyFileSync(personal.hostKey, join(root, "etc/ssh/ssh_host_ed25519_key"));
  installImplementations(join(disk, "local/bin"));
  await hide(join(disk, "usr"), [homedir(), stateRoot(), lab.checkout, toolchain().cacheRoot]);
}

export function eraseDisk(lab: Lab, node: Node): void {
  rmSync(diskOf(lab, node.name).disk, { recursive: true, force: true });
}

function linkLikeTheMachine(root: string): void {
  for (const name of ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]) {
    const stat = lstatSync(join("/", name), { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) symlinkSync(readlinkSync(join("/", name)), join(root, name));
    else if (stat) mkdirSync(join(root, name));
  }
  symlinkSync("/run", join(root, "var/run"));
  symlinkSync("/run/lock", join(root, "var/lock"));
}

function installImplementations(bin: string): void {
  const { wireguardGo, boringtun } = toolchain();
  for (const program of [wireguardGo, boringtun].filter((path) => path !== undefined)) {
    // Follows a link, which Node 24's `cpSync` takes for a directory.
    copyFileSync(program, join(bin, basename(program)));
  }
}

/** Hides what of the machine lies below /usr all the same: a whiteout, in the words of overlayfs. */
async function hide(usr: string, paths: readonly string[]): Promise<void> {
  const below = [...new Set(paths)].filter((path) => path.startsWith("/usr/") && !path.startsWith("/usr/local/"));
  const outermost = below.filter((path) => !below.some((other) => path.startsWith(`${other}/`)));
  for (const whiteout of outermost.map((path) => join(usr, path.slice("/usr/".length)))) {
    mkdirSync(dirname(whiteout), { recursive: true });
    await must(["mknod", whiteout, "c", "0", "0"]);
  }
}
