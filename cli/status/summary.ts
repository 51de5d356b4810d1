import { isAnotherOwners, isStranger } from "../../core/live/diff.ts";
import {
  isLinked,
  isMasked,
  isMissingTool,
  isOfOthers,
  isWithoutCron,
  isWithoutHook,
} from "../../core/live/diff-device.ts";
import { isTakenOver } from "../../core/live/diff-document.ts";
import { isOrphan } from "../../core/live/orphans.ts";
import type { ServerPlan } from "../../core/plan/types.ts";
import { printable } from "../output.ts";
import type { LocatedDifference } from "./differences.ts";

/** Those that keep the device from being as planned. */
export function toSettle(differences: readonly LocatedDifference[]): readonly LocatedDifference[] {
  return differences.filter(({ severity }) => severity !== "informational");
}

/** The last lines of `wirewright status`: as planned, or in how much it differs, what to do next and what would be refused. */
export function summary(
  { name, plan }: { readonly name: string; readonly plan: ServerPlan },
  differences: readonly LocatedDifference[],
  refusals: readonly string[],
): string {
  const clients = plan.interfaces.reduce((sum, wg) => sum + wg.peers.length, 0);
  const size = `${counted(plan.interfaces.length, "interface")}, ${counted(clients, "client")}`;
  const count = toSettle(differences).length;
  if (count === 0) return `${plan.server} is as planned: ${size}\n`;
  const up = `pulumi up --stack ${name}`;
  const next = nextSteps(differences, up).join("; ");
  const refused = refusals.map(
    (refusal) => `${printable(`${up} changes nothing until this is put right: ${refusal}`)}\n`,
  );
  return `${plan.server} differs in ${counted(count, "property", "properties")}; ${next}\n${refused.join("")}`;
}

/** What an `up` by itself does not repair, and what does. */
const NOT_REPAIRED: readonly (readonly [applies: (found: LocatedDifference) => boolean, step: string])[] = [
  [isAnotherOwners, "if it was deployed with another root secret, restore that one first"],
  [isStranger, "what is not ours is never replaced: rename or remove it by hand"],
  [isMissingTool, "install the missing tools on the device"],
  [isWithoutHook, "put systemd, init scripts or cron on the device"],
  [isLinked, "remove the symbolic link /etc/wirewright or /run/wirewright by hand, then up"],
  [isWithoutCron, "start cron on the device, or install one"],
  [
    (found) => isOfDevice(found) && isOrphan(found),
    "an up removes the interfaces that the state still has; the others go by hand (docs/devices.md)",
  ],
  [isOfOthers, "chains of others are never touched: look at them, then an up takes them for known"],
];

/** What an `up` repairs, except where it refuses: the device tells no more than this before. */
const CONDITIONS: readonly (readonly [applies: (found: LocatedDifference) => boolean, condition: string])[] = [
  [isTakenOver, "taking it over from what deployed it last: see that this stack is meant to have it"],
  [
    ({ property }) => property === "routes.connected",
    "unless a route of others comes before ours: remove that by hand (the up names it)",
  ],
  [
    // Of the device as a whole it would be an interface of that name.
    (found) => found.property === "pending" && !isOfDevice(found),
    "unless another change awaits its confirmation: wait for its window to end, or roll it back",
  ],
];

const MASKED = "unmask the unit first, or the helper can't be installed";

function isHeldUp(differences: readonly LocatedDifference[]): boolean {
  const isOfBase = (found: LocatedDifference): boolean => isOfDevice(found) && !isOrphan(found);
  return differences.some(isMasked) && toSettle(differences).some(isOfBase);
}

function isOfDevice({ path }: LocatedDifference): boolean {
  return !path.includes("/");
}

function nextSteps(differences: readonly LocatedDifference[], up: string): readonly string[] {
  const found = toSettle(differences);
  const steps = NOT_REPAIRED.filter(([applies]) => found.some(applies)).map(([, step]) => step);
  if (isHeldUp(differences)) steps.push(MASKED);
  if (found.every((one) => NOT_REPAIRED.some(([applies]) => applies(one)))) return steps;
  const conditions = CONDITIONS.filter(([applies]) => found.some(applies)).map(([, condition]) => `, ${condition}`);
  return [...steps, `${up} repairs ${steps.length === 0 ? "that" : "the rest"}${conditions.join("")}`];
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
