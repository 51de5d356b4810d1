import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";

/** Everything a deployment could leave behind, one fact a line, sorted. Counters and ages are left out. */
const SCRIPT = [
  "ip -o link | sed 's/^[0-9]*: /link /; s/@[^:]*//'",
  "ip -o addr | awk '{print \"address\", $2, $3, $4}'",
  "for family in -4 -6; do ip $family route show table all | sed 's/ expires [0-9]*sec//; s/^/route /'; ip $family rule | sed 's/^/rule /'; done",
  "nft -s list ruleset | sed 's/^/nft /'",
  "sysctl -a 2>/dev/null | grep -E 'forwarding|rp_filter|accept_ra ' | sed 's/^/sysctl /'",
  "find /etc /usr/local /var/lib /var/spool /root /run -xdev ! -type d 2>/dev/null | sed 's/^/file /'",
  "ps -eo args= | grep -E '^([^ ]*/)?(wireguard-go|boringtun-cli|sh .*wgctl)' | sed 's/^/process /'",
].join("\n");

/** The state of a device as text; two equal texts mean that nothing was left. */
export async function fingerprintOf(lab: Lab, device: string): Promise<string> {
  const { code, stdout, stderr } = await capture(lab, { on: device, argv: ["sh", "-c", SCRIPT], timeoutSeconds: 60 });
  if (code !== 0 && stdout === "") throw new Error(`${device} could not be looked at: ${stderr.trim()}`);
  return [...new Set(stdout.split("\n"))].sort().join("\n");
}
