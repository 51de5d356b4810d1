import type { Command } from "commander";
import { ExitCode, printable, printableJson } from "./output.ts";
import type { LocatedDifference } from "./status/differences.ts";
import { summary, toSettle } from "./status/summary.ts";

interface Options {
  readonly stack: string;
  readonly json?: true;
}

/** `wirewright status`: exit 0 when the device is as planned, 3 when it is not, 1 when that can't be told. */
export function register(program: Command): void {
  program
    .command("status")
    .requiredOption("--stack <stack>", "whose server to ask")
    .option(
      "--json",
      "print {stack, server, same, differences: [{path, property, want, have, severity}], refusals: [text]}",
    )
    .action(status);
}

async function status({ stack: name, json }: Options): Promise<void> {
  const { loadStack } = await import("./input/stack.ts");
  const { statusOf } = await import("./status/differences.ts");
  const stack = await loadStack({ stack: name });
  const { differences, refusals } = await statusOf(stack);
  const same = toSettle(differences).length === 0;
  process.stdout.write(
    json
      ? printableJson({ stack: stack.name, server: stack.plan.server, same, differences, refusals })
      : differences.map(line).join("") + summary(stack, differences, refusals),
  );
  process.exitCode = same ? ExitCode.done : ExitCode.difference;
}

function line({ path, property, want, have, severity }: LocatedDifference): string {
  return `${printable(`${path} ${property}: want ${want}, have ${have} (${severity})`)}\n`;
}
