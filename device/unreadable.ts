/** One sentence for a file that is there and can't be read, from the error of the failed call. */
export function unreadable(file: string, error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : "unknown reason";
  return `${file} can't be read (${code}); see with ls -l whether it is a file that you may read`;
}
