import { createHash, randomBytes } from "node:crypto";
import { type AuditInput, auditBase, auditServer, type BaseAudit, type InterfaceAudit } from "../../core/live/audit.ts";
import { parseProbe } from "../../core/live/parse/parse.ts";
import type { LiveDevice } from "../../core/live/types.ts";
import { applyCommand, baseCommand, confirmCommand, probeCommand } from "../../device/protocol.ts";
import type { Outcome } from "../../lab/execute.ts";
import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";
import { readHelper } from "../../project/observe.ts";
import type { Stack } from "../../project/stack.ts";

const CONFIRM_SECONDS = 60;
/** A probe that a hung daemon can hang never ends; one of an overloaded machine does. */
const PROBE_SECONDS = 60;
const FOREIGN_LINES = `
ip -d -o link | grep -v ': wg[0-9]*[:@]' | sed 's/ numtxqueues.*//'
ip -o address | grep -v '^[0-9]*: wg[0-9]' | sed 's/valid_lft.*//'
for f in 4 6; do ip -$f route show table all | grep -v ' dev wg[0-9]'; ip -$f rule; done
nft list tables | grep -v ' wirewright_' | while read -r table; do nft -s list $table </dev/null; done
sysctl -a 2>/dev/null | grep -E '^net.ipv[46].conf.(all|default|lan0|cam0|wan0|lo).' | grep -v -E "$EXCEPT"
ls -l /etc/cron.d /etc/init.d | grep -v wirewright | grep -v ^total
`;

export interface Audit {
  readonly device: LiveDevice;
  readonly interfaces: readonly InterfaceAudit[];
  readonly base: BaseAudit;
}

/** What an operator does with a device, without Pulumi and by a shell there. */
export interface DriftDevice {
  /** Runs a shell script there by hand. */
  readonly hand: (script: string) => Promise<Outcome>;
  readonly audit: () => Promise<Audit>;
  /** One apply, and its confirmation, of whatever the audit does not find settled. */
  readonly repair: (audit: Audit) => Promise<readonly Outcome[]>;
  /** Hash of all on the device that is not ours; `except` are sysctls that a document asks for. */
  readonly foreign: () => Promise<string>;
}

/** Runs a shell script on a device. */
export type Shell = (script: string, stdin?: string, timeoutSeconds?: number) => Promise<Outcome>;

export const shellOn =
  (lab: Lab, device: string): Shell =>
  (script, stdin = "", timeoutSeconds = 120) =>
    capture(lab, { on: device, argv: ["sh", "-c", script], stdin, timeoutSeconds });

export function driftDevice(on: Shell, { name, plan, keys, config }: Stack): DriftDevice {
  const helper = readHelper();

  async function audit(): Promise<Audit> {
    const salt = randomBytes(16).toString("hex");
    const names = plan.interfaces.map((wg) => wg.name);
    const { code, stdout, stderr } = await on(probeCommand(salt, names), helper.text, PROBE_SECONDS);
    if (code !== 0) throw new Error(`the probe ended with ${code}: ${stderr}`);
    const { device, fault } = parseProbe(stdout);
    if (device === undefined) throw new Error(fault);
    const input: AuditInput = { stack: name, plan, keys, config, device, salt };
    const nowSeconds = Math.floor(Date.now() / 1000);
    return { device, interfaces: auditServer(input), base: auditBase(input, helper.sha256, nowSeconds) };
  }

  async function applyOne({ plan: wg, revision, document, nonce }: InterfaceAudit): Promise<Outcome> {
    const applied = await on(applyCommand(wg.name, revision, CONFIRM_SECONDS, "root"), document);
    return applied.code === 0 ? on(confirmCommand(wg.name, revision, "root"), nonce) : applied;
  }

  return {
    hand: on,
    audit,
    async repair({ interfaces, base }) {
      const outcomes: Outcome[] = [];
      if (base.differences.some(({ severity }) => severity !== "informational"))
        outcomes.push(await on(baseCommand(helper.sha256, base.revision, ""), helper.text));
      for (const one of interfaces) if (one.state !== "settled") outcomes.push(await applyOne(one));
      return outcomes;
    },
    async foreign() {
      const { stdout } = await on(`EXCEPT='forwarding|accept_ra|mc_forwarding'; ${FOREIGN_LINES}`);
      if (stdout.length < 1000) throw new Error(`a device has more than this: ${stdout}`);
      return createHash("sha256").update(stdout).digest("hex");
    },
  };
}
