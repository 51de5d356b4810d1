import type { Random } from "../random.ts";
import { EDITS } from "./edits.ts";
import { domainOf, type Intent } from "./intent.ts";

/** What happens more often in life happens more often here. */
const KINDS = [...Object.keys(EDITS), ..."add add remove move rotate widen narrow site site site interface".split(" ")];
const MOST_EDITS = 4;

export interface Step {
  readonly intent: Intent;
  /** What was done, in order: `add`, `move`, … or `return`. */
  readonly kinds: readonly string[];
}

/** The next intent: one to four edits that the loader has nothing against, or now and then an earlier one again. */
export function nextStep(current: Intent, earlier: readonly Intent[], random: Random): Step {
  const back = earlier.filter((intent) => !takesPort(current, intent));
  if (back.length > 0 && random.below(12) === 0) return { intent: random.one(back), kinds: ["return"] };
  const count = 1 + random.below(MOST_EDITS);
  const kinds: string[] = [];
  let intent = current;
  while (kinds.length < count) {
    const kind = random.one(KINDS);
    const next = EDITS[kind]?.(intent, random);
    if (next === undefined || JSON.stringify(next) === JSON.stringify(intent) || takesPort(current, next)) continue;
    if (domainOf(next) === undefined) continue;
    intent = next;
    kinds.push(kind);
  }
  return { intent, kinds };
}

/** The helper refuses a port that another interface still has, so that takes two steps. */
function takesPort(before: Intent, after: Intent): boolean {
  const holders = new Map(Object.entries(before.interfaces).map(([name, { port }]) => [port, name]));
  return Object.entries(after.interfaces).some(([name, { port }]) => (holders.get(port) ?? name) !== name);
}
