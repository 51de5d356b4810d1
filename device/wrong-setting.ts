/** For a path in the settings, or a name, that leads to nothing of use: exit code 2, as for all that the user wrote. */
export function wrongSetting(message: string): Error {
  return Object.assign(new Error(message), { exitCode: 2 });
}
