import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";

const noChanges = 0;
const changesPending = 7;

/** Makes the stack be what its files say. Asks first, so that a stack that is in place is not touched. Returns what it did. */
export async function deployIfNeeded(
  lab: Lab,
  stack: string,
  say: (text: string) => void,
): Promise<"in place" | "deployed"> {
  await pulumi(lab, ["stack", "select", "--create", stack], [noChanges]);
  say(`asking pulumi whether stack ${stack} is in place`);
  const asked = await pulumi(lab, ["preview", "--stack", stack, "--expect-no-changes"], [noChanges, changesPending]);
  if (asked === noChanges) return "in place";
  say(`pulumi up --stack ${stack}`);
  await pulumi(lab, ["up", "--yes", "--skip-preview", "--stack", stack], [noChanges]);
  return "deployed";
}

/** As the lab's operator. Never interrupted half-way: a cut-off `up` would leave its stack locked. */
async function pulumi(lab: Lab, args: readonly string[], expected: readonly number[]): Promise<number> {
  const { code, stdout, stderr } = await capture(lab, {
    argv: ["pulumi", ...args, "--non-interactive"],
    timeoutSeconds: 600,
  });
  if (expected.includes(code)) return code;
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim());
  const said = lines.filter((line) => /error|failed/i.test(line)).at(-1) ?? "it printed no error";
  throw new Error(
    `pulumi ${args[0]} ended with ${code}: ${said}; look closer with: wirewright lab run -- pulumi ${args.join(" ")}`,
  );
}
