import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { findProgram, toolchain } from "../../tools/toolchain.ts";
import { execute, must } from "../execute.ts";
import { makeDirectories, type Personal, writePersonalFiles } from "./personal-files.ts";

// An OpenWrt-like device shares nothing with the machine: it gets busybox, the few programs that a person would install
// on it for WireGuard, and their libraries. What is not listed here is not there.

/** A program of the lab's own, off the device's PATH. */
export const OPENWRT_LAB_ENV = "/usr/libexec/lab/env";

/**
 * What OpenWrt's busybox is built with (its Config-defaults.in), as far as this machine's has it. No setsid, stat, hostname,
 * base64, diff or realpath. `timeout` is not among them either: the helper asks for it, and a person installs it.
 */
const APPLETS = `
  [ ash awk basename cat chgrp chmod chown chroot clear cmp cp crond crontab cut date dd df dirname dmesg du echo
  egrep env expr false fgrep find flock free fsync grep gunzip gzip head hexdump id ifconfig ip kill killall less
  ln logger ls md5sum mkdir mkfifo mknod mktemp mount mv nc netstat nice nslookup passwd pgrep pidof ping ping6
  pivot_root printf ps pwd readlink rm rmdir route sed seq sh sha256sum sleep sort start-stop-daemon strings sync
  sysctl tail tar tee test time timeout top touch tr traceroute true umount uname uniq uptime vi wc which xargs
  yes zcat
`
  .trim()
  .split(/\s+/);

const DIRECTORIES = [
  ...["bin", "dev", "lib", "mnt", "overlay", "proc", "rom", "root/.ssh", "run", "sbin", "sys", "www"],
  ...["etc/config", "etc/crontabs", "etc/dropbear", "etc/init.d", "etc/rc.d"],
  ...["usr/bin", "usr/lib", "usr/libexec/lab", "usr/sbin"],
] as const;

const PASSWD = "root:x:0:0:root:/root:/bin/ash\nnobody:*:65534:65534:nobody:/var:/bin/false\n";

/** Fills the root of a device that has just been flashed and got the packages that wirewright asks for. */
export async function installOpenwrt(root: string, personal: Personal): Promise<void> {
  makeDirectories(root, DIRECTORIES);
  symlinkSync("tmp", join(root, "var"));
  writePersonalFiles(root, personal);
  writeFileSync(join(root, "etc/passwd"), PASSWD);
  writeFileSync(join(root, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
  writeFileSync(join(root, "etc/shells"), "/bin/ash\n");
  for (const file of ["protocols", "services"]) copyFileSync(join("/etc", file), join(root, "etc", file));
  const hostKey = join(root, "etc/dropbear/dropbear_ed25519_host_key");
  await must(["dropbearconvert", "openssh", "dropbear", personal.hostKey, hostKey]);
  const scripts = join(import.meta.dirname, "../init/openwrt");
  copyFileSync(join(scripts, "rc.common"), join(root, "etc/rc.common"));
  copyFileSync(join(scripts, "cron"), join(root, "etc/init.d/cron"));
  for (const script of ["etc/rc.common", "etc/init.d/cron"]) chmodSync(join(root, script), 0o755);
  symlinkSync("../init.d/cron", join(root, "etc/rc.d/S50cron"));
  await installPrograms(root);
  await linkApplets(root);
}

async function installPrograms(root: string): Promise<void> {
  const { wireguardGo, boringtun } = toolchain();
  const path = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  const programs = {
    "/bin/busybox": findProgram("busybox", path),
    "/usr/sbin/dropbear": findProgram("dropbear", path),
    "/usr/sbin/nft": findProgram("nft", path),
    "/usr/bin/wg": findProgram("wg", path),
    "/usr/bin/wireguard-go": wireguardGo,
    "/usr/bin/boringtun-cli": boringtun,
    [OPENWRT_LAB_ENV]: "/usr/bin/env",
  };
  for (const [place, program] of Object.entries(programs)) {
    if (program === undefined) continue;
    install(root, program, place);
    // A static program makes ldd fail, and has none.
    const { stdout } = await execute(["ldd", program]);
    for (const [, library = ""] of stdout.matchAll(/(\/\S+) \(0x/g)) install(root, library, library);
  }
}

function install(root: string, from: string, place: string): void {
  const to = join(root, place);
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

async function linkApplets(root: string): Promise<void> {
  const wanted: ReadonlySet<string> = new Set(APPLETS);
  const places = (await must(["busybox", "--list-full"])).trim().split("\n");
  for (const place of places.filter((one) => wanted.has(basename(one)))) {
    mkdirSync(dirname(join(root, place)), { recursive: true });
    symlinkSync("/bin/busybox", join(root, place));
  }
}
