import { RunError } from "./engine.ts";

/** Ends the program with the error's own sentence: Pulumi prints a RunError without a stack trace. */
export function refuse(error: unknown): never {
  throw new RunError(error instanceof Error ? error.message : String(error));
}
