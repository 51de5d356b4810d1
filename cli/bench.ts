import { closeSync, mkdirSync, openSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { BenchRecord } from "../bench/model.ts";
import type { RunEvent } from "../bench/run.ts";
import type { BenchRequest } from "./bench/session.ts";
import { inDigits } from "./input/in-digits.ts";
import { interruption } from "./interruption.ts";
import { ExitCode, printable, unwritable } from "./output.ts";

interface RunOptions {
  readonly stack: string;
  readonly interface?: readonly string[];
  readonly seconds?: number;
  readonly seed?: string;
  readonly json?: string;
  readonly html?: string;
  readonly name?: string;
}

/** `wirewright bench …`. Progress goes to stderr, the summary to stdout. */
export function register(program: Command): void {
  const bench = program.command("bench");
  bench
    .command("run")
    .description("measure the interfaces of a stack in the lab, one tunnel at a time")
    .requiredOption("--stack <name>", "stack whose interfaces are measured; deployed first where needed")
    .option("--interface <name...>", "only these (default: all of the stack)")
    .option(
      "--seconds <number>",
      "measured length of each run (default: the scenario's own)",
      inDigits("whole seconds", 1, 600),
    )
    .option("--seed <hex>", "32 hex digits that decide the order of runs (default: drawn)", seedOf)
    .option("--json <file>", "write the record: raw outputs, metrics, fingerprint")
    .option("--html <file>", "write a page that shows the record")
    .option("--name <lab>", "which lab (default: $WIREWRIGHT_LAB, else default)")
    .addHelpText("after", "\nExample:\n  wirewright bench run --stack nas --interface wg1 wg3 --json out/bench.json")
    .action(runAction);
  bench
    .command("self")
    .description(
      "measure this program against bare counterparts, as ratios; exit 3 when a target is missed, 1 when that can't be told",
    )
    .option("--only <words...>", "only the parts whose name holds one of these (default: all)")
    .addHelpText("after", "\nExample:\n  wirewright bench self --only check compile")
    .action(async ({ only = [] }: { readonly only?: readonly string[] }) => {
      const { benchSelf } = await import("./self/bench-self.ts");
      process.exitCode = await benchSelf(only);
    });
}

/** The same measurement for a program; see `BenchRequest`. */
export async function benchRun(request: BenchRequest): Promise<BenchRecord> {
  return (await import("./bench/session.ts")).benchRun(request);
}

async function runAction(options: RunOptions): Promise<void> {
  const { renderBenchReport, renderRecord } = await import("../bench/report/bench-report.ts");
  const { summaryLines } = await import("./bench/summary.ts");
  // Before the first minute of measuring, which a wrong name would cost at the end.
  for (const file of [options.json, options.html]) if (file !== undefined) makeRoomFor(file);
  const signal = interruption();
  signal.addEventListener("abort", () => say("interrupted: taking the client down"));
  const record = await benchRun({
    stack: options.stack,
    signal,
    onStep: say,
    onRun: (event) => say(progress(event)),
    ...(options.name === undefined ? {} : { lab: options.name }),
    ...(options.interface === undefined ? {} : { interfaces: options.interface }),
    ...(options.seconds === undefined ? {} : { seconds: options.seconds }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  process.stdout.write(`${summaryLines(record).join("\n")}\n`);
  if (options.json !== undefined) write(options.json, renderRecord(record));
  if (options.html !== undefined) write(options.html, renderBenchReport(record));
  process.exitCode = codeOf(record);
}

/** A run that does not count is no failure, for a noisy machine makes some; a session without one that counts is. */
function codeOf({ session, runs }: BenchRecord): number {
  const ended = runs.every((run) => run.status === "valid" || run.status === "invalid");
  const counts = runs.some((run) => run.status === "valid");
  return session.state === "complete" && ended && counts ? ExitCode.done : ExitCode.failed;
}

/** Makes the folder and tries the file, which is as it was afterwards. */
function makeRoomFor(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const before = statSync(file, { throwIfNoEntry: false });
    // To open a pipe is to use it.
    if (before?.isFIFO()) return;
    closeSync(openSync(file, "a"));
    if (before === undefined) rmSync(realpathSync(file));
  } catch (error) {
    throw unwritable(file, error);
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function progress(event: RunEvent): string {
  const slot = event.kind === "started" ? event.slot : event.run.slot;
  const place = `${event.number}/${event.total} ${slot.arm} ${slot.scenario}`;
  if (event.kind === "started") return place;
  const seconds = event.run.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const why = [...event.run.faults, ...event.run.doubts].join("; ");
  return `${place}: ${event.run.status} after ${seconds.toFixed(1)} s${why === "" ? "" : ` (${why})`}`;
}

function seedOf(text: string): string {
  if (!/^[0-9a-f]{32}$/.test(text)) throw new InvalidArgumentError("Give 32 hex digits, as a record has them.");
  return text;
}

function say(line: string): void {
  process.stderr.write(`bench: ${printable(line)}\n`);
}
