/** What a part of the test run came to. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Lines that name what failed, so that nobody has to search the log for it. */
  readonly failures: readonly string[];
}

/** The part of Jest's own report that is read. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that could not even be loaded: none of their tests is in the other numbers. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly TestFile[];
}

interface TestFile {
  /** Its path. */
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly title: string;
    readonly ancestorTitles: readonly string[];
  }[];
}

/** Of one file; whoever broke more than these has to read the log. */
const NAMED_TESTS = 10;

export function countsOf(report: JestReport, checkout: string): Counts {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: report.testResults
      .filter(({ status }) => status === "failed")
      .flatMap((file) => failuresOf(file, checkout)),
  };
}

function failuresOf({ name, assertionResults }: TestFile, checkout: string): readonly string[] {
  const path = name.startsWith(`${checkout}/`) ? name.slice(checkout.length + 1) : name;
  const tests = assertionResults
    .filter(({ status }) => status === "failed")
    // As Jest writes them in its own log; a title may have several lines.
    .map(({ ancestorTitles, title }) => `  ● ${[...ancestorTitles, title].join(" › ").replaceAll(/\s+/g, " ")}`);
  if (tests.length === 0) return [`${path}: failed as a whole`];
  const unnamed = tests.length - NAMED_TESTS;
  return [path, ...tests.slice(0, NAMED_TESTS), ...(unnamed > 0 ? [`  and ${unnamed} more`] : [])];
}
