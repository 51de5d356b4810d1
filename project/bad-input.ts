/** For what the user wrote: exit code 2 for the CLI, which shows the lines as they are; Pulumi shows the message. */
export function badInput(...lines: readonly string[]): Error {
  return Object.assign(new Error(lines.join("\n")), { exitCode: 2, lines });
}
