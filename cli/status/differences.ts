import { randomBytes } from "node:crypto";
import { auditBase, auditServer } from "../../core/live/audit.ts";
import { diffDocument } from "../../core/live/diff-document.ts";
import { orphans } from "../../core/live/orphans.ts";
import { portMoves } from "../../core/live/port-moves.ts";
import type { Difference } from "../../core/live/types.ts";
import { formatAddress } from "../../core/net/address.ts";
import { sshEnvironment, sshSettings } from "../../device/ssh-settings.ts";
import { deriveAhead } from "../../project/key-ring.ts";
import { observe, readHelper } from "../../project/observe.ts";
import { refusals } from "../../project/refusals.ts";
import type { LoadedStack } from "../input/stack.ts";

/** One gap, and where: `router/wg0`, or `router` for the device as a whole. */
export interface LocatedDifference extends Difference {
  readonly path: string;
}

export interface Status {
  readonly differences: readonly LocatedDifference[];
  /** Why an `up` would change nothing at all, a sentence per interface. */
  readonly refusals: readonly string[];
}

/**
 * Asks the device once and names every gap; where there is one, also whether the device would refuse its repair. Throws one
 * sentence when there is no answer that can be trusted.
 */
export async function statusOf(stack: LoadedStack): Promise<Status> {
  const { name, config, plan, keys, directory } = stack;
  const settings = await sshSettings(config, formatAddress(plan.address), { ...sshEnvironment(), directory });
  const helper = readHelper();
  const salt = randomBytes(16).toString("hex");
  const [device] = await Promise.all([observe({ plan, settings, helper, salt }), deriveAhead(plan, keys)]);
  const audit = { stack: name, plan, keys, config, device, salt };
  const onDevice = [...auditBase(audit, helper.sha256, Date.now() / 1000).differences, ...orphans(plan, keys, device)];
  const interfaces = auditServer(audit);
  const impossible = portMoves(interfaces, device).refusals;
  const refused = await refusals({ settings, helper, device, interfaces });
  return {
    differences: [
      ...onDevice.map((found) => ({ path: plan.server, ...found })),
      ...interfaces.flatMap((wg) =>
        [...diffDocument(wg), ...wg.differences].map((found) => ({ path: wg.plan.path, ...found })),
      ),
    ],
    refusals: [...impossible, ...refused],
  };
}
