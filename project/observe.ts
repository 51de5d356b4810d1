import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BY_HAND, parseProbe } from "../core/live/parse/parse.ts";
import type { LiveDevice } from "../core/live/types.ts";
import type { ServerPlan } from "../core/plan/types.ts";
import { probeDevice } from "../device/probe.ts";
import type { SshSettings } from "../device/ssh-settings.ts";

/** The one file that runs on a device. */
export interface Helper {
  readonly text: string;
  readonly sha256: string;
}

export function readHelper(): Helper {
  const text = readFileSync(join(import.meta.dirname, "../device/wgctl"), "utf8");
  return { text, sha256: createHash("sha256").update(text).digest("hex") };
}

/** What the device says of itself and of every interface of the plan. Throws one sentence with the next step. */
export async function observe(request: {
  readonly plan: ServerPlan;
  readonly settings: SshSettings;
  readonly helper: Helper;
  /** 32 hex digits, new in each run. */
  readonly salt: string;
}): Promise<LiveDevice> {
  const answer = await probeDevice({
    settings: request.settings,
    interfaces: request.plan.interfaces.map((wg) => wg.name),
    salt: request.salt,
    helperText: request.helper.text,
  });
  if (answer.fault !== undefined) throw new Error(answer.fault);
  const parsed = parseProbe(answer.text);
  const silent = request.plan.interfaces.find((wg) => parsed.device?.interfaces.has(wg.name) === false);
  const fault = silent === undefined ? parsed.fault : `the probe's answer says nothing of ${silent.name}; ${BY_HAND}`;
  if (parsed.device === undefined || fault !== undefined) {
    throw new Error(`${request.plan.server} gave an answer that can't be trusted, so nothing was changed: ${fault}`);
  }
  return parsed.device;
}
