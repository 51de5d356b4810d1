import type { Command } from "commander";
import { isAnotherOwners, isStranger } from "../core/live/diff.ts";
import { isLinked, isWithoutCron } from "../core/live/diff-device.ts";
import { isTakenOver } from "../core/live/diff-document.ts";
import type { LoadedStack } from "./input/stack.ts";
import { ExitCode, printable, printableJson } from "./output.ts";
import type { LocatedDifference } from "./status/differences.ts";

interface Options {
  readonly stack: string;
  readonly json?: true;
}

/** `wirewright status`: exit 0 when the device is as planned, 3 when it is not, 1 when that can't be told. */
export function register(program: Command): void {
  program
    .command("status")
    .requiredOption("--stack <stack>", "whose server to ask")
    .option("--json", "print {stack, server, same, differences: [{path, property, want, have, severity}]}")
    .action(status);
}

async function status({ stack: name, json }: Options): Promise<void> {
  const { loadStack } = await import("./input/stack.ts");
  const { statusDifferences } = await import("./status/differences.ts");
  const stack = await loadStack({ stack: name });
  const differences = await statusDifferences(stack);
  const count = differences.filter(({ severity }) => severity !== "informational").length;
  const { plan } = stack;
  process.stdout.write(
    json
      ? printableJson({ stack: stack.name, server: plan.server, same: count === 0, differences })
      : differences.map(line).join("") + summary(stack, differences, count),
  );
  process.exitCode = count === 0 ? ExitCode.done : ExitCode.difference;
}

function line({ path, property, want, have, severity }: LocatedDifference): string {
  return `${printable(`${path} ${property}: want ${want}, have ${have} (${severity})`)}\n`;
}

function summary({ name, plan }: LoadedStack, differences: readonly LocatedDifference[], count: number): string {
  const clients = plan.interfaces.reduce((sum, wg) => sum + wg.peers.length, 0);
  const size = `${counted(plan.interfaces.length, "interface")}, ${counted(clients, "client")}`;
  if (count === 0) return `${plan.server} is as planned: ${size}\n`;
  const next = nextSteps(differences, `pulumi up --stack ${name}`).join("; ");
  return `${plan.server} differs in ${counted(count, "property", "properties")}; ${next}\n`;
}

/** What an `up` by itself does not repair, and what does. */
const NOT_REPAIRED: readonly (readonly [applies: (found: LocatedDifference) => boolean, step: string])[] = [
  [isAnotherOwners, "if it was deployed with another root secret, restore that one first"],
  [isStranger, "what is not ours is never replaced: rename or remove it by hand"],
  [({ property }) => property.startsWith("tools."), "install the missing tools on the device"],
  [
    ({ property, want }) => property === "boot" && want === "a boot hook",
    "put systemd, init scripts or cron on the device",
  ],
  [isLinked, "remove the symbolic link /etc/wirewright or /run/wirewright by hand, then up"],
  [isWithoutCron, "start cron on the device, or install one"],
  [
    ({ path, want }) => !path.includes("/") && want === "absent",
    "an up removes the interfaces that the state still has; the others go by hand (docs/devices.md)",
  ],
  [
    ({ property }) => property.startsWith("others."),
    "chains of others are never touched: look at them, then an up takes them for known",
  ],
];

/** What an `up` repairs, except where it refuses: the device tells no more than this before. */
const CONDITIONS: readonly (readonly [applies: (found: LocatedDifference) => boolean, condition: string])[] = [
  [isTakenOver, "taking it over from what deployed it last: see that this stack is meant to have it"],
  [
    ({ property }) => property === "routes.connected",
    "unless a route of others comes before ours: remove that by hand (the up names it)",
  ],
  [
    ({ property }) => property === "pending",
    "unless another change awaits its confirmation: wait for its window to end, or roll it back",
  ],
];

/** Nothing is installed beside a unit that somebody has masked; by itself that is no difference. */
const MASKED = "unmask the unit first, or the helper can't be installed";

function isHeldUp(differences: readonly LocatedDifference[], toSettle: readonly LocatedDifference[]): boolean {
  const isMasked = differences.some(({ property, have }) => property === "boot" && have.endsWith(" masked"));
  return isMasked && toSettle.some(({ path, want }) => !path.includes("/") && want !== "absent");
}

function nextSteps(differences: readonly LocatedDifference[], up: string): readonly string[] {
  const toSettle = differences.filter(({ severity }) => severity !== "informational");
  const steps = NOT_REPAIRED.filter(([applies]) => toSettle.some(applies)).map(([, step]) => step);
  if (isHeldUp(differences, toSettle)) steps.push(MASKED);
  if (toSettle.every((found) => NOT_REPAIRED.some(([applies]) => applies(found)))) return steps;
  const conditions = CONDITIONS.filter(([applies]) => toSettle.some(applies)).map(([, condition]) => `, ${condition}`);
  return [...steps, `${up} repairs ${steps.length === 0 ? "that" : "the rest"}${conditions.join("")}`];
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
