import type { KeyRing } from "../plan/keys.ts";
import type { ServerPlan } from "../plan/types.ts";
import type { Difference, LiveDevice } from "./types.ts";

/** Interfaces of ours on the device that the plan does not have, by name. An owner other than ours is somebody else's. */
export function orphans(plan: ServerPlan, keys: KeyRing, device: LiveDevice): Difference[] {
  const planned = new Set(plan.interfaces.map((wg) => wg.name));
  return [...device.interfaces.values()]
    .filter(({ name, record, link }) => !planned.has(name) && [record?.owner, link?.mark].includes(keys.owner))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, record, link }) => ({
      property: name,
      want: ABSENT,
      have: whatIsOurs(keys.owner, record?.owner ?? "", link?.mark),
      severity: "foreign",
    }));
}

/** Of the differences of a device as a whole: those that are an interface too much. */
export function isOrphan({ want }: Difference): boolean {
  return want === ABSENT;
}

const ABSENT = "absent";

/** What removes it differs: the helper keeps what is another owner's, record or link. */
function whatIsOurs(owner: string, recorded: string, mark: string | undefined): string {
  if (recorded === "") return "our mark without a record";
  if (recorded !== owner) return "our mark, another owner's record";
  if (mark === undefined) return "recorded, ours, no link";
  return mark === owner ? "present, ours" : "recorded, ours, the link is not";
}
