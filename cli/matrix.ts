import type { Command } from "commander";

export function register(program: Command): void {
  program
    .command("matrix")
    .argument("<file>", "the intent file")
    .option("--json", "print it for programs")
    .action(matrix);
}

/** Prints who reaches what: a row per client, a column per target. Contacts nothing. */
async function matrix(file: string, options: { readonly json?: true }): Promise<void> {
  const { mustReadIntent } = await import("./input/must-read-intent.ts");
  const { plans } = mustReadIntent(file);
  const { renderMatrixJson, renderMatrixText } = await import("../core/render/matrix.ts");
  process.stdout.write(options.json ? renderMatrixJson(plans) : renderMatrixText(plans));
}
