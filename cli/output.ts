import { formatProblem, type Problem } from "../core/domain/problem.ts";
import { errorCode, messageOf } from "../core/thrown.ts";
import { BAD_INPUT, badInput } from "../device/bad-input.ts";

/** Exit codes of every verb. */
export const ExitCode = { done: 0, failed: 1, badInput: BAD_INPUT, difference: 3 } as const;

/** For a file that was named to be written to. */
export function unwritable(file: string, error: unknown): Error {
  return badInput(`${file} can't be written (${errorCode(error)}); name another file`);
}

export function exitCodeOf(error: unknown): number {
  const own = error instanceof Error && "exitCode" in error ? error.exitCode : undefined;
  return typeof own === "number" ? own : ExitCode.failed;
}

/** One line for a person, or a line for each problem; the stack only when WIREWRIGHT_DEBUG asks for it. */
export function errorText(error: unknown): string {
  if (process.env.WIREWRIGHT_DEBUG && error instanceof Error) return `${error.stack ?? error.message}\n`;
  const problems = error instanceof Error && "lines" in error ? error.lines : undefined;
  if (Array.isArray(problems)) return problems.map((problem) => `${printable(String(problem))}\n`).join("");
  return `wirewright: ${printable(messageOf(error).split("\n", 1)[0] ?? "")}\n`;
}

// Control characters (ESC moves the cursor or retitles a terminal), and Unicode that reorders or hides text.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** Text from a file or device, safe on a terminal: what would act on it is written as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

/** One line per problem, see `formatProblem`. */
export function formatProblems(file: string, problems: readonly Problem[]): string {
  return problems.map((problem) => `${printable(formatProblem(file, problem))}\n`).join("");
}

/** JSON that is as safe on a terminal as the text: what is not ASCII is escaped. */
export function printableJson(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value, null, 2).replace(/[\u007f-\uffff]/g, escaped)}\n`;
}
