/** A fault in the user's input: where it is, what was found, what to do next. Never holds a secret. */
export interface Problem {
  /** Stable kebab-case name of the fault, for example `unknown-key`. */
  readonly code: string;
  /** Where in the document, for example `bindings[0].clients.laptop.publicKey`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
  /** Set when it is not in the file that was asked about but in its lock. */
  readonly file?: string;
}

/** File order; the same place sorts by code, so that output never depends on the order of checks. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  );
}

/** `FILE:LINE:COL CODE message; hint` */
export function formatProblem(asked: string, { file = asked, line, column, code, message, hint }: Problem): string {
  return `${file}:${line}:${column} ${code} ${message}${hint === undefined ? "" : `; ${hint}`}`;
}
