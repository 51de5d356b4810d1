import { createHash } from "node:crypto";
import type { Fingerprint, Reading } from "./model.ts";
import { DAEMON_FUNCTION } from "./sample-script.ts";

/**
 * Prints one fact per line, `name value` or `name !! reason`: `sh -s -- INTERFACE...` on standard input, on the device.
 * What might hold a password (the kernel command line) or describes a network (the firewall) is hashed.
 */
export const FINGERPRINT_SCRIPT = `set -u
${DAEMON_FUNCTION}LC_ALL=C; export LC_ALL
fact() { value=$(printf '%s' "$2" | tr '\\n\\t' '  '); if [ -n "$value" ]; then echo "$1 $value"; else echo "$1 !! not available on this machine"; fi; }
first() { [ -r "$1" ] && head -n 1 "$1" 2>/dev/null; }
digest() { sha256sum 2>/dev/null | cut -c 1-64; }
asked() { command -v "$1" >/dev/null 2>&1 || return 0; timeout 5 "$@" 2>&1 </dev/null | head -n 1; }
cpu() { sed -n "s/^$1[[:space:]]*: //p" /proc/cpuinfo | head -n 1; }
fact cpu.model "$(cpu 'model name')"
fact cpu.microcode "$(cpu microcode)"
fact cpu.count "$(grep -c '^processor' /proc/cpuinfo)"
fact cpu.governor "$(first /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)"
fact cpu.smt "$(first /sys/devices/system/cpu/smt/control)"
fact cpu.mitigations "$(cat /sys/devices/system/cpu/vulnerabilities/* 2>/dev/null | digest)"
fact cpu.hypervisor "$(grep -qw hypervisor /proc/cpuinfo && echo yes || echo no)"
fact memory.total "$(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
fact kernel.release "$(uname -r)"
fact kernel.version "$(uname -v)"
fact kernel.machine "$(uname -m)"
fact kernel.command-line.sha256 "$(digest </proc/cmdline)"
fact kernel.clocksource "$(first /sys/devices/system/clocksource/clocksource0/current_clocksource)"
for name in net/core/rmem_max net/core/wmem_max net/core/netdev_max_backlog net/core/default_qdisc net/ipv4/tcp_congestion_control net/ipv4/tcp_rmem net/ipv4/tcp_wmem; do
  fact "sysctl.$name" "$(first /proc/sys/$name)"
done
if command -v nft >/dev/null 2>&1; then fact firewall.sha256 "$(timeout 5 nft -s list ruleset 2>/dev/null | digest)"; else fact firewall.sha256 ""; fi
fact tool.iperf3 "$(asked iperf3 --version)"
fact tool.ip "$(asked ip -V)"
fact tool.nft "$(asked nft --version)"
fact tool.wg "$(asked wg --version)"
for interface in "$@"; do
  fact "$interface.mtu" "$(first "/sys/class/net/$interface/mtu")"
  fact "$interface.queueing" "$(timeout 5 ip -o link show dev "$interface" 2>/dev/null | sed -n 's/.* qdisc \\([^ ]*\\).*/\\1/p')"
  fact "$interface.threaded" "$(first "/sys/class/net/$interface/threaded")"
  daemon=$(daemon_of "$interface")
  if [ -n "$daemon" ]; then
    fact "$interface.daemon" "$(asked "$(readlink "/proc/$daemon/exe")" --version)"
    fact "$interface.daemon.sha256" "$(digest <"/proc/$daemon/exe")"
  else
    echo "$interface.daemon !! no userspace daemon runs it"
  fi
done
echo "end yes"
`;

/** Facts of the output of `FINGERPRINT_SCRIPT`; undefined when its end is missing. */
export function parseFacts(text: string): Readonly<Record<string, Reading<string>>> | undefined {
  const facts = new Map<string, Reading<string>>();
  for (const line of text.split("\n")) {
    const [, name, value] = line.match(/^(\S+) (.*)$/) ?? [];
    if (name === undefined || value === undefined) continue;
    facts.set(name, value.startsWith("!! ") ? { skipped: value.slice(3) } : { value: value.trim() });
  }
  if (!facts.delete("end")) return undefined;
  return Object.fromEntries(facts);
}

/** Sorts the facts and hashes them: the same conditions give the same hash, in whatever order they were collected. */
export function fingerprint(facts: Readonly<Record<string, Reading<string>>>): Fingerprint {
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = sorted.map(([name, fact]) => JSON.stringify([name, "value" in fact ? fact.value : null])).join("\n");
  return { hash: createHash("sha256").update(text).digest("hex"), facts: Object.fromEntries(sorted) };
}
