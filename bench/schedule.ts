import { createHash } from "node:crypto";
import type { Slot } from "./model.ts";

/**
 * Every arm once per scenario and block, in an order drawn anew for each. Nothing but the seed decides, so a stored session can be run again.
 * Slots of one block and scenario are next to each other: what is to be compared is close in time.
 */
export function schedule(
  seed: string,
  arms: readonly string[],
  scenarios: readonly string[],
  blocks: number,
): readonly Slot[] {
  return Array.from({ length: blocks }, (_, block) =>
    scenarios.flatMap((scenario) =>
      shuffled(arms, `${seed} ${block} ${scenario}`).map((arm) => ({ block, scenario, arm })),
    ),
  ).flatMap((slots) => slots.map(({ block, scenario, arm }, position) => ({ block, position, arm, scenario })));
}

/** Fisher and Yates; each swap draws from its own hash of the seed. */
function shuffled<T>(items: readonly T[], seed: string): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = draw(`${seed} ${last}`, last + 1);
    const [a, b] = [order[last], order[other]];
    if (a !== undefined && b !== undefined) [order[last], order[other]] = [b, a];
  }
  return order;
}

/** 0..below-1. Of 48 bits, so the bias for lists of this size is under one in 10^12. */
function draw(text: string, below: number): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6) % below;
}
