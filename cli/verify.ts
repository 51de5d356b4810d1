import type { Command } from "commander";
import type { Expectation } from "../core/domain/types.ts";
import { formatAddress } from "../core/net/address.ts";
import { formatPortRange } from "../core/net/port.ts";
import { type Expected, expectedOf } from "../lab/proof/expected.ts";
import type { Proof } from "../lab/proof/judge.ts";
import { provePackets } from "../lab/proof/packet-proof.ts";
import { nameOf, type Probe } from "../lab/proof/probe.ts";
import { sampleProbes } from "../lab/proof/sample.ts";
import type { Lab } from "../lab/state.ts";
import { labFor } from "./lab.ts";
import { badInput, ExitCode, printable, printableJson } from "./output.ts";
import { openLabStack, stageDirections } from "./verify-stack.ts";

/** What became of one `expect` line, or of one sampled probe. */
export interface VerifyResult {
  readonly from: string;
  readonly to: string;
  /** `tcp/22`, `icmp`; `any` where the line names none. */
  readonly port: string;
  readonly verdict: "allow" | "deny";
  /** `paper`: no packet can be sent for it, so the compiler's word is all there is. */
  readonly outcome: Proof["outcome"] | "paper";
  /** With packets. */
  readonly proven: boolean;
  /** False when packets contradict it, and when they can't tell. */
  readonly agrees: boolean;
  readonly detail: string;
}

export interface VerifyRequest {
  readonly lab: Lab;
  readonly stack: string;
  readonly onResult?: (result: VerifyResult) => void;
  readonly signal?: AbortSignal;
}

export interface VerifyReport {
  readonly expectations: readonly VerifyResult[];
  readonly sampled: readonly VerifyResult[];
}

const DEFAULT_SAMPLES = 24;
const DEFAULT_SEED = 1;

/** Proves with packets what the intent file expects of this stack's clients. In file order. */
export async function verifyExpectations(request: VerifyRequest): Promise<readonly VerifyResult[]> {
  return (await verifyStack({ ...request, samples: 0, seed: DEFAULT_SEED })).expectations;
}

/** As `verifyExpectations`, and `samples` pairs of an allowed and a forbidden probe drawn from the reach matrix. */
async function verifyStack(
  request: VerifyRequest & { readonly samples: number; readonly seed: number },
): Promise<VerifyReport> {
  const { lab, stack: name, samples, seed, signal, onResult = () => undefined } = request;
  const stack = await openLabStack(lab, name);
  const { sample, ...directions } = stageDirections(stack, seed, samples);
  const expected = expectedOf(stack.plan, stack.intent.plans, stack.intent.domain.expectations);
  const sampled = sampleProbes(stack.plan.interfaces, sample);
  const proofs = new Map<Probe, Proof>();
  const done = new Set<Expected>();
  const tell = () => {
    for (const one of expected.filter((line) => !done.has(line) && line.probes.every((probe) => proofs.has(probe)))) {
      done.add(one);
      onResult(lineResult(one, proofs));
    }
  };
  const inSample = new Set(sampled);
  const onProof = (probe: Probe, proof: Proof) => {
    proofs.set(probe, proof);
    if (inSample.has(probe)) onResult(probeResult(probe, proof));
    else tell();
  };
  tell();
  const probes = [...expected.flatMap((one) => one.probes), ...sampled];
  await provePackets({ lab, ...directions, probes, onProof, ...(signal ? { signal } : {}) });
  return {
    expectations: expected.map((one) => lineResult(one, proofs)),
    sampled: sampled.map((probe) => probeResult(probe, proofOf(proofs, probe))),
  };
}

function lineResult({ expectation, probes, onPaper }: Expected, proofs: ReadonlyMap<Probe, Proof>): VerifyResult {
  const line = { ...lineOf(expectation), verdict: expectation.verdict };
  if (onPaper !== undefined) return { ...line, outcome: "paper", proven: false, agrees: true, detail: onPaper };
  const all = probes.map((probe) => ({ probe, ...proofOf(proofs, probe) }));
  const worst =
    all.find((one) => one.outcome === "disagrees") ?? all.find((one) => one.outcome === "unclear") ?? all[0];
  const { outcome, detail } = worst ?? { outcome: "unclear" as const, detail: "nothing to try" };
  const which = all.length > 1 && worst ? `${nameOf(worst.probe)}: ` : "";
  const others = all.length > 1 && outcome === "agrees" ? `; so with ${all.length - 1} more` : "";
  return { ...line, ...judged(outcome), detail: `${which}${detail}${others}` };
}

function lineOf({ from, to, port }: Expectation): {
  readonly from: string;
  readonly to: string;
  readonly port: string;
} {
  const target = to.kind === "address" ? formatAddress(to.address) : to.kind === "client" ? to.path : to.kind;
  return { from, to: target, port: port === undefined ? "any" : formatPortRange(port) };
}

function probeResult(probe: Probe, { outcome, detail }: Proof): VerifyResult {
  const { peer, spoof, to, protocol, port, verdict } = probe;
  const from = spoof ? `${peer.path} as ${formatAddress(spoof)}` : peer.path;
  const range = formatPortRange({ protocol, first: port, last: port });
  return { from, to: formatAddress(to), port: range, verdict, ...judged(outcome), detail };
}

function judged(outcome: Proof["outcome"]): Pick<VerifyResult, "outcome" | "proven" | "agrees"> {
  return { outcome, proven: outcome === "agrees", agrees: outcome === "agrees" };
}

function proofOf(proofs: ReadonlyMap<Probe, Proof>, probe: Probe): Proof {
  return proofs.get(probe) ?? { outcome: "unclear", detail: "not tried" };
}

interface Options {
  readonly stack: string;
  readonly samples: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly name?: string;
}

/** `wirewright verify`: exit 0 when policy and packets agree, 3 when they don't, 1 when that can't be told. */
export function register(program: Command): void {
  program
    .command("verify")
    .requiredOption("--stack <stack>", "whose server and clients to try, in the lab")
    .option(
      "--samples <n>",
      "pairs of an allowed and a forbidden probe, besides the expect lines",
      count,
      DEFAULT_SAMPLES,
    )
    .option("--seed <n>", "which sample", count, DEFAULT_SEED)
    .option("--json", "for programs")
    .option("--name <lab>", "which lab (default: $WIREWRIGHT_LAB, else default)")
    .action(async (options: Options) => {
      process.exitCode = await verify(options);
    });
}

function count(text: string): number {
  if (/^(0|[1-9][0-9]{0,8})$/.test(text)) return Number(text);
  throw badInput(`"${text}" is not a number; write digits only`);
}

async function verify({ stack, samples, seed, json, name }: Options): Promise<number> {
  const stop = new AbortController();
  // The clients must come down in any case, so the first Ctrl-C only asks for the end.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const say = json ? () => undefined : (result: VerifyResult) => void process.stdout.write(row(result));
  const report = await verifyStack({
    lab: await labFor(name),
    stack,
    samples,
    seed,
    onResult: say,
    signal: stop.signal,
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
  }
  if (totals.disagree > 0) return ExitCode.difference;
  return totals.unclear > 0 ? ExitCode.failed : ExitCode.done;
}

const MARKS = { agrees: "ok", disagrees: "DISAGREES", unclear: "UNCLEAR", paper: "on paper" } as const;

function row({ from, to, port, verdict, outcome, detail }: VerifyResult): string {
  return printable(`${MARKS[outcome].padEnd(9)} ${verdict.padEnd(5)} ${from} to ${to} ${port}: ${detail}`).concat("\n");
}
