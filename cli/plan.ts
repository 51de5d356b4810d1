import type { Command } from "commander";
import { badInput } from "../device/bad-input.ts";
import { printable } from "./output.ts";

export function register(program: Command): void {
  program
    .command("plan")
    .argument("<file>", "the intent file")
    .option("--server <name>", "only this server")
    .option("--json", "print it for programs")
    .action(plan);
}

/** Prints what the file compiles to. Reads the file and its lock, contacts nothing, changes nothing, knows no key. */
async function plan(file: string, options: { readonly server?: string; readonly json?: true }): Promise<void> {
  const { mustReadIntent } = await import("./input/must-read-intent.ts");
  const { plans } = mustReadIntent(file);
  const chosen = plans.filter(({ server }) => options.server === undefined || server === options.server);
  if (chosen.length === 0 && options.server !== undefined) {
    const servers = plans.map(({ server }) => server).join(", ");
    throw badInput(`${file} has no server ${options.server}; there are ${servers || "none"}`);
  }
  if (options.json) {
    const { renderPlanJson } = await import("../core/render/plan-json.ts");
    process.stdout.write(renderPlanJson(chosen));
  } else {
    const { renderPlanText } = await import("../core/render/plan-text.ts");
    process.stdout.write(
      chosen.length === 0
        ? `${printable(file)} names no server, so there is nothing to deploy\n`
        : renderPlanText(chosen),
    );
  }
}
