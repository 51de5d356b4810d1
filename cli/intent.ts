import { type Intent, readIntent } from "../project/intent.ts";
import { badInput, formatProblems } from "./output.ts";

/** The compiled intent; with problems, prints all of them and throws with exit code 2. */
export function mustReadIntent(file: string): Intent {
  const reading = readIntent(file);
  if (reading.intent !== undefined) return reading.intent;
  process.stderr.write(formatProblems(file, reading.problems));
  const count = reading.problems.length;
  throw badInput(`${file} has ${count === 1 ? "a problem" : `${count} problems`}; nothing was done`);
}
