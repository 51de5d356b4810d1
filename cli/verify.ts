import type { Command } from "commander";
import { inDigits } from "./input/in-digits.ts";
import { interruption } from "./interruption.ts";
import { labFor } from "./lab.ts";
import { ExitCode, printable, printableJson } from "./output.ts";
import { type VerifyResult, verifyStack } from "./verify/expectations.ts";

const DEFAULT_SAMPLES = 24;
const DEFAULT_SEED = 1;

interface Options {
  readonly stack: string;
  readonly samples: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly name?: string;
}

/** `wirewright verify`: exit 0 when policy and packets agree, 3 when they don't, 1 when that can't be told or nothing was tried. */
export function register(program: Command): void {
  program
    .command("verify")
    .requiredOption("--stack <stack>", "whose server and clients to try, in the lab")
    .option(
      "--samples <n>",
      "pairs of an allowed and a forbidden probe, besides the expect lines",
      inDigits("a number of pairs", 0, 10_000),
      DEFAULT_SAMPLES,
    )
    .option("--seed <n>", "which sample", inDigits("a seed", 0, 999_999_999), DEFAULT_SEED)
    .option("--json", "for programs")
    .option("--name <lab>", "which lab (default: $WIREWRIGHT_LAB, else default)")
    .action(async (options: Options) => {
      process.exitCode = await verify(options);
    });
}

async function verify({ stack, samples, seed, json, name }: Options): Promise<number> {
  const signal = interruption();
  const say = json ? () => undefined : (result: VerifyResult) => void process.stdout.write(row(result));
  const report = await verifyStack({
    lab: await labFor(name),
    stack,
    samples,
    seed,
    onResult: say,
    signal,
  });
  const all = [...report.expectations, ...report.sampled];
  const of = (outcome: VerifyResult["outcome"]) => all.filter((one) => one.outcome === outcome).length;
  const totals = { agree: of("agrees"), disagree: of("disagrees"), unclear: of("unclear"), onPaper: of("paper") };
  if (json) process.stdout.write(printableJson({ stack, seed, samples, ...totals, ...report }));
  else {
    const { agree, disagree, unclear, onPaper } = totals;
    process.stdout.write(
      `stack ${stack}, seed ${seed}: ${agree} agree, ${disagree} disagree, ${unclear} could not be told, ${onPaper} on paper only\n`,
    );
    if (report.pairs < samples) process.stdout.write(`${report.pairs} of ${samples} pairs ${SHORT}\n`);
  }
  if (all.length === totals.onPaper) throw new Error(UNTRIED);
  if (totals.disagree > 0) return ExitCode.difference;
  return totals.unclear > 0 ? ExitCode.failed : ExitCode.done;
}

const SHORT = "could be drawn: this policy lets too few different packets through for more";
const UNTRIED =
  "nothing was tried with packets, so nothing is proven; that takes a client without a publicKey of its own, and an expect line of it or --samples above 0";

const MARKS = { agrees: "ok", disagrees: "DISAGREES", unclear: "UNCLEAR", paper: "on paper" } as const;

function row({ from, to, port, verdict, outcome, detail }: VerifyResult): string {
  return printable(`${MARKS[outcome].padEnd(9)} ${verdict.padEnd(5)} ${from} to ${to} ${port}: ${detail}`).concat("\n");
}
