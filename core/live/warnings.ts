import type { KeyRing } from "../plan/keys.ts";
import type { ServerPlan } from "../plan/types.ts";
import type { BaseAudit, InterfaceAudit } from "./audit.ts";
import { isAnotherOwners, isStranger } from "./diff.ts";
import { isWithoutCron } from "./diff-device.ts";
import { orphans } from "./orphans.ts";
import type { Difference, LiveDevice } from "./types.ts";

/** What a preview or an `up` says beside the differences: where it would refuse, repair nothing, or surprise somebody. */
export function warnings(found: {
  readonly plan: ServerPlan;
  readonly keys: KeyRing;
  /** Undefined when it was not asked or did not answer. */
  readonly device: LiveDevice | undefined;
  readonly base: BaseAudit;
  readonly interfaces: readonly InterfaceAudit[];
}): readonly string[] {
  const { plan, keys, device, base, interfaces } = found;
  const { server } = plan;
  const beyond = device === undefined ? [] : orphans(plan, keys, device);
  const own = interfaces.find((wg) => wg.plan.name === device?.way && wg.state !== "settled");
  return [
    ...interfaces.flatMap((wg) => wg.differences.filter(isStranger).map((one) => strange(wg.plan.path, one))),
    ...(interfaces.some((wg) => wg.isTakenOver) ? [takenOver(server)] : []),
    ...base.differences.filter(isWithoutCron).map((one) => withoutCron(server, one)),
    ...beyond.map((one) => orphaned(server, one)),
    ...(own === undefined ? [] : [ownWay(own.plan.path)]),
  ];
}

function strange(path: string, stranger: Difference): string {
  const what = `what is there instead of ${path} ${stranger.have}`;
  if (isAnotherOwners(stranger))
    return `${what}: the root secret may be another than the one that deployed it, so restore that one first; if it is really somebody else's, up refuses it until it is removed by hand`;
  return `${what}; up will refuse it, for what is not ours is never replaced: rename or remove it by hand`;
}

function takenOver(server: string): string {
  return `${server} was deployed last by another stack, or under another name or address: up takes it over, and what that one has of it ends quietly`;
}

function withoutCron(server: string, { want, have }: Difference): string {
  return `${server} needs ${want} and has ${have}; up does not repair that`;
}

function orphaned(server: string, { property, have }: Difference): string {
  return `${server} has ${property} (${have}), which is not in the plan: this stack deletes it if it still knows it; otherwise it stays until you remove it (docs/devices.md, "Removing it by hand")`;
}

function ownWay(path: string): string {
  return `you reach this device through ${path}, which is about to change; come in by another way, or the device asks for 180 s or more to confirm (wirewright:confirmSeconds)`;
}
