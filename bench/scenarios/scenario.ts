import type { Scenario } from "../model.ts";

/** Checks a scenario where it is written, so that a mistake shows when the program starts and not after an hour of runs. */
export function scenario(data: Scenario): Scenario {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(data.name)) throw new Error(`scenario name "${data.name}": use a-z, 0-9 and -`);
  if (!(data.measureSeconds > 0)) throw new Error(`scenario ${data.name}: measureSeconds must be above 0`);
  if (!(data.warmupSeconds >= 0)) throw new Error(`scenario ${data.name}: warmupSeconds must be 0 or more`);
  return data;
}
