import { badInput } from "../../device/bad-input.ts";
import { type Intent, readIntent } from "../../project/intent.ts";
import { formatProblems } from "../output.ts";

/** The compiled intent; with problems, prints all of them and throws with exit code 2. */
export function mustReadIntent(file: string): Intent {
  const reading = readIntent(file);
  if (reading.intent !== undefined) return reading.intent;
  process.stderr.write(formatProblems(file, reading.problems));
  const count = reading.problems.length;
  const files = [...new Set(reading.problems.map((problem) => problem.file ?? file))];
  const have = files.length === 1 ? "has" : "have";
  throw badInput(`${files.join(" and ")} ${have} ${count === 1 ? "a problem" : `${count} problems`}; nothing was done`);
}
