import type { InterfaceAudit } from "../core/live/audit.ts";
import type { LiveDevice } from "../core/live/types.ts";
import { CONNECTIONS } from "../device/protocol.ts";
import { askRefusal } from "../device/refusal.ts";
import type { SshSettings } from "../device/ssh-settings.ts";
import type { Helper } from "./observe.ts";

/**
 * What the device would refuse of the changes that it is to get, a sentence per interface; asked before the first of them,
 * for one that is refused keeps the others from their confirmation. A device without this very helper is not asked: its
 * applies tell the same.
 */
export async function refusals(question: {
  readonly settings: SshSettings;
  readonly helper: Helper;
  /** What the probe said; undefined when there was none. */
  readonly device: LiveDevice | undefined;
  readonly interfaces: readonly InterfaceAudit[];
}): Promise<readonly string[]> {
  const { settings, helper, device, interfaces } = question;
  if (device?.helper !== helper.sha256) return [];
  const waiting = interfaces.filter(({ state }) => state !== "settled");
  const found = new Map<string, string>();
  const ask = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { plan, revision, document, execution } = next;
      const refusal = await askRefusal(settings, {
        interfaceName: plan.name,
        revision,
        confirmSeconds: execution.confirmSeconds,
        document,
      });
      if (refusal !== undefined) found.set(plan.path, refusal);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, ask));
  return interfaces.flatMap(({ plan: { path } }) => (found.has(path) ? [`${path}: ${found.get(path)}`] : []));
}
