import { messageOf } from "../../core/thrown.ts";
import type { Lab } from "../../lab/state.ts";
import { operator } from "../operator.ts";

const NO_CHANGES = 0;
const CHANGES_PENDING = 7;

/** Makes the stack be what its files say. Asks first, so that a stack that is in place is not touched. Returns what it did. */
export async function deployIfNeeded(
  lab: Lab,
  stack: string,
  say: (text: string) => void,
): Promise<"in place" | "deployed"> {
  await pulumi(lab, ["stack", "select", "--create", stack], [NO_CHANGES]);
  say(`asking pulumi whether stack ${stack} is in place`);
  const asked = await pulumi(lab, ["preview", "--stack", stack, "--expect-no-changes"], [NO_CHANGES, CHANGES_PENDING]);
  if (asked === NO_CHANGES) return "in place";
  say(`pulumi up --stack ${stack}`);
  await pulumi(lab, ["up", "--yes", "--skip-preview", "--stack", stack], [NO_CHANGES]);
  return "deployed";
}

/**
 * Always waited for: a killed `up` leaves its stack locked. Ctrl-C on a terminal reaches pulumi as well, which then ends
 * what it is doing, saves the state and unlocks it.
 */
async function pulumi(lab: Lab, args: readonly string[], expected: readonly number[]): Promise<number> {
  try {
    return (await operator(lab, ["pulumi", ...args, "--non-interactive"], { expected })).code;
  } catch (error) {
    throw new Error(
      `${messageOf(error)}; look closer with: wirewright lab run --name ${lab.name} -- pulumi ${args.join(" ")}`,
    );
  }
}
