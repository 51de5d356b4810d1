import { delimiter } from "node:path";
import { findProgram } from "../tools/toolchain.ts";
import type { Kind } from "./topology.ts";

// The Debian package behind each tool that a lab can't do without.
const PACKAGES = {
  bash: "bash",
  cron: "cron",
  flock: "util-linux",
  ip: "iproute2",
  nft: "nftables",
  nsenter: "util-linux",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  sshd: "openssh-server",
  unshare: "util-linux",
  wg: "wireguard-tools",
} as const;

// What only an OpenWrt-like device needs.
const OPENWRT_PACKAGES = {
  busybox: "busybox-static",
  dropbear: "dropbear-bin",
  dropbearconvert: "dropbear-bin",
} as const;

// What only a benchmark needs, at both ends.
const BENCH_PACKAGES = { fping: "fping", iperf3: "iperf3" } as const;

/** Debian packages that must be installed before a lab can come up with devices of those kinds; sorted, each once. */
export function missingPackages(kinds: readonly Kind[] = []): readonly string[] {
  return missingOf(kinds.includes("openwrt") ? { ...PACKAGES, ...OPENWRT_PACKAGES } : PACKAGES);
}

/** Those that a benchmark needs beside what its lab does; sorted. */
export function missingBenchPackages(): readonly string[] {
  return missingOf(BENCH_PACKAGES);
}

function missingOf(needed: Readonly<Record<string, string>>): readonly string[] {
  const path = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const missing = Object.entries(needed).filter(([tool]) => findProgram(tool, path) === undefined);
  return [...new Set(missing.map(([, name]) => name))].sort();
}
