import type { InterfaceAudit } from "./audit.ts";
import { compare } from "./difference.ts";
import type { Difference } from "./types.ts";

/** The policy is compared with what was applied; only the document tells whether that is still what the plan says. */
export function diffDocument({ state, record, isTakenOver }: InterfaceAudit): readonly Difference[] {
  if (state !== "change") return [];
  const earlier = record?.digest ? "an earlier plan, or other settings" : "nothing applied";
  return compare("document", "this plan", isTakenOver ? ANOTHER_STACKS : earlier, "wrong");
}

/** An `up` repairs that, but the stack that applied it then has its interface no more. */
export function isTakenOver({ property, have }: Difference): boolean {
  return property === "document" && have === ANOTHER_STACKS;
}

/** As the identity of a document is made: of the stack, the server's name and its address. */
const ANOTHER_STACKS = "that of another stack, name or address";
