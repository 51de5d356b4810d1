/** Exit code of the command line for all that the user wrote: arguments, names, settings, files. */
export const BAD_INPUT = 2;

/** One sentence about an argument, a name or a setting. The CLI says first who speaks; Pulumi shows it as it is. */
export function badInput(message: string): Error {
  return Object.assign(new Error(message), { exitCode: BAD_INPUT });
}

/** What is wrong with a file, a line for each fault, which begins with the place and is shown as it is. */
export function faultyFile(lines: readonly string[]): Error {
  return Object.assign(new Error(lines.join("\n")), { exitCode: BAD_INPUT, lines });
}
