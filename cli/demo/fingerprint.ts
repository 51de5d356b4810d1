import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";

/**
 * Everything a deployment could leave behind, one fact a line, sorted; by tools that busybox has too. Counters, sizes and
 * ages are left out, and what is in `/etc/wirewright`: that it is there is a fact, what revision it has reached is not.
 */
export const DEVICE_FACTS = [
  "export LC_ALL=C",
  "ip -o link | sed 's/^[0-9]*: /link /; s/@[^:]*//'",
  "ip -o addr | awk '{print \"address\", $2, $3, $4}'",
  "for family in -4 -6; do ip $family route show table all | sed 's/ expires [0-9]*sec//; s/^/route /'; ip $family rule | sed 's/^/rule /'; done",
  "nft -s list ruleset | sed 's/^/nft /'",
  // Of the others a device can only read the machine's. Left out: a count, what names loaded modules, a key drawn at boot.
  "sysctl -a 2>/dev/null | grep '^net[.]' | grep -vE '^net[.](netfilter[.]nf_(conntrack_count|log)|ipv4[.]tcp_(available_|fastopen_key))' | sed 's/^/sysctl /'",
  // update-rc.d makes the directories of the run levels where there are none, and leaves them; what is in them counts.
  `find /etc /usr/local /var /root /home /run /tmp -xdev ! -path '/etc/rc?.d' -exec ls -ldn {} + 2>/dev/null | awk '{ print "file", $1, $3 ":" $4, substr($0, index($0, " /") + 1) }'`,
  "find /etc -xdev -type f ! -path '/etc/wirewright/*' -exec sha256sum {} + | sed 's/^/content /'",
  // 0A: a TCP socket listens; 07: a UDP socket that is for anybody.
  `for kind in tcp tcp6 udp udp6; do awk -v kind=$kind '$4 == "0A" || $4 == "07" { print "socket", kind, $2 }' /proc/net/$kind; done`,
  // What init looks after lasts. All else belongs to a login or a job of cron, and so does this script. A timeout without
  // a child is that of busybox, which looks once a second whether its command has ended.
  `for pid in /proc/[0-9]*; do [ "$(cat $pid/comm)" != timeout ] || [ -n "$(cat $pid/task/*/children)" ] || continue; awk '/^Name:/ { name = $2 } /^State:/ { state = $2 } /^PPid:/ && $2 == 1 && state != "Z" { print "process", name }' $pid/status; done 2>/dev/null | sort | uniq -c`,
].join("\n");

/** The state of a device as text; two equal texts mean that nothing was left. */
export async function fingerprintOf(lab: Lab, device: string): Promise<string> {
  const { code, stdout, stderr } = await capture(lab, {
    on: device,
    argv: ["sh", "-c", DEVICE_FACTS],
    timeoutSeconds: 60,
  });
  if (code !== 0 && stdout === "") throw new Error(`${device} could not be looked at: ${stderr.trim()}`);
  return [...new Set(stdout.split("\n"))].sort().join("\n");
}
