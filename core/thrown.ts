/** `ENOENT` and the like of a failed call. */
export function errorCode(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown reason";
}

/** What was thrown, in its own words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** One sentence for a file that is there and can't be read, from the error of the failed call. */
export function unreadable(file: string, error: unknown): string {
  return `${file} can't be read (${errorCode(error)}); see with ls -l whether it is a file that you may read`;
}
