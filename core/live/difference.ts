import type { KeyRing } from "../plan/keys.ts";
import type { Execution, InterfacePlan } from "../plan/types.ts";
import type { Difference, LiveInterface } from "./types.ts";

export interface DiffInput {
  readonly plan: InterfacePlan;
  readonly keys: KeyRing;
  readonly execution: Execution;
  /** What the probe said of the interface; undefined when it has no such block. */
  readonly live: LiveInterface | undefined;
  /** 32 hex digits: the salt that the probe was given. */
  readonly salt: string;
}

/** No difference when both texts are the same, else the one. */
export function compare(
  property: string,
  want: string,
  have: string,
  severity: Difference["severity"],
): readonly Difference[] {
  return want === have ? [] : [{ property, want, have, severity }];
}

/** A list as one text. */
export function listed(texts: readonly string[]): string {
  return texts.length === 0 ? "none" : texts.join(", ");
}
