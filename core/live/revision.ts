import { sha256Hex } from "../net/hash.ts";
import type { Difference } from "./types.ts";

export interface Observation {
  /** The device's count of changes, 0 when it knows nothing of us; undefined where nothing is counted. */
  readonly generation?: number;
  /** Last confirmed revision; empty when there is none. */
  readonly deviceRevision: string;
  /** Digest of what should be there. */
  readonly desired: string;
  readonly differences: readonly Difference[];
  /** Random, new in each run. */
  readonly salt: string;
}

/**
 * Names the state that an apply is to reach: 16 hex digits and, behind a dot, the generation that was seen, so that the
 * device can refuse a change by somebody who has not seen the last one. With nothing to do it is the device's own revision, which the
 * stored state holds too, so nothing changes. Otherwise it is one that was never used: a value made of the observation
 * alone would come out the same again on a device that was replaced by an empty one, or restored from a backup, and
 * would then look settled. Hence the salt.
 */
export function revision({ generation, deviceRevision, desired, differences, salt }: Observation): string {
  if (deviceRevision !== "" && isSettled(differences)) return deviceRevision;
  const hash = sha256Hex(JSON.stringify([salt, generation, deviceRevision, desired, differences])).slice(0, 16);
  return generation === undefined ? hash : `${hash}.${generation}`;
}

/** True when nothing is left to repair. */
export function isSettled(differences: readonly Difference[]): boolean {
  return differences.every(({ severity }) => severity === "informational");
}
