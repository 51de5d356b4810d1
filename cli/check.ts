import type { Command } from "commander";
import { ExitCode, formatProblems, printableJson } from "./output.ts";

export function register(program: Command): void {
  program
    .command("check")
    .argument("<file>", "the intent file")
    .option("--json", "print an array of {code, path, line, column, message, hint?, file? (the lock)}")
    .action(check);
}

/** Loads and compiles; prints every problem. Reads the file and its lock, contacts nothing, changes nothing. */
async function check(file: string, options: { readonly json?: true }): Promise<void> {
  const { readIntent } = await import("../project/intent.ts");
  const { problems } = readIntent(file);
  process.stdout.write(options.json ? printableJson(problems) : formatProblems(file, problems));
  process.exitCode = problems.length === 0 ? ExitCode.done : ExitCode.badInput;
}
