import { createInterface } from "node:readline";
import { messageOf } from "../../core/thrown.ts";
import { ask } from "./ask.ts";
import { listen, unlisten } from "./listen.ts";
import { receiveVerbs } from "./receiver.ts";
import { sendVerbs } from "./sender.ts";

/**
 * Runs inside one network namespace and does there what it is told: one JSON object per line on stdin,
 * `{id, verb, argument}`, answered by `{id, result}` or `{id, error}` on stdout. Ends when stdin does, so it can't outlive
 * whoever started it.
 */
const verbs: Readonly<Record<string, (argument: never) => unknown>> = {
  listen,
  unlisten,
  ask,
  ...sendVerbs,
  ...receiveVerbs,
};

async function serve(line: string): Promise<void> {
  const { id, verb, argument } = JSON.parse(line) as { id: number; verb: string; argument: never };
  try {
    const action = verbs[verb];
    if (!action) throw new Error(`no verb "${verb}"`);
    process.stdout.write(`${JSON.stringify({ id, result: (await action(argument)) ?? null })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ id, error: messageOf(error) })}\n`);
  }
}

createInterface({ input: process.stdin })
  .on("line", (line) => void serve(line))
  .on("close", () => process.exit(0));
