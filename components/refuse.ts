import { messageOf } from "../core/thrown.ts";
import { RunError } from "./engine.ts";

/** Ends the program with the error's own sentence: Pulumi prints a RunError without a stack trace. WIREWRIGHT_DEBUG asks for it. */
export function refuse(error: unknown): never {
  if (process.env.WIREWRIGHT_DEBUG) throw error;
  throw new RunError(messageOf(error));
}
