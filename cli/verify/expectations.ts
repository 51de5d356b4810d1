import type { Expectation } from "../../core/domain/types.ts";
import { formatAddress } from "../../core/net/address.ts";
import { formatPortRange } from "../../core/net/port.ts";
import { type Expected, expectedOf } from "../../lab/proof/expected.ts";
import type { Proof } from "../../lab/proof/judge.ts";
import { provePackets } from "../../lab/proof/packet-proof.ts";
import { nameOf, type Probe } from "../../lab/proof/probe.ts";
import { sampleProbes } from "../../lab/proof/sample.ts";
import type { Lab } from "../../lab/state.ts";
import { openLabStack } from "../input/lab-stack.ts";
import { stageDirections } from "./stage-directions.ts";

/** What became of one `expect` line, or of one sampled probe. */
export interface VerifyResult {
  readonly from: string;
  readonly to: string;
  /** `tcp/22`, `icmp`; `any` where the line names none. */
  readonly port: string;
  readonly verdict: "allow" | "deny";
  /** `paper`: no packet can be sent for it, so the compiler's word is all there is. */
  readonly outcome: Proof["outcome"] | "paper";
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
  /** How many of the pairs that were asked for could be drawn. */
  readonly pairs: number;
}

/** Without samples a seed only decides which allowed packet shows that a tunnel works. */
const CONTROL_SEED = 1;

/** Proves with packets what the intent file expects of this stack's clients. In file order. */
export async function verifyExpectations(request: VerifyRequest): Promise<readonly VerifyResult[]> {
  return (await verifyStack({ ...request, samples: 0, seed: CONTROL_SEED })).expectations;
}

/** As `verifyExpectations`, and `samples` pairs of an allowed and a forbidden probe drawn from the reach matrix. */
export async function verifyStack(
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
    pairs: sampled.filter(({ verdict }) => verdict === "allow").length,
  };
}

function lineResult({ expectation, probes, onPaper }: Expected, proofs: ReadonlyMap<Probe, Proof>): VerifyResult {
  const line = { ...lineOf(expectation), verdict: expectation.verdict };
  if (onPaper !== undefined) return { ...line, outcome: "paper", detail: onPaper };
  const all = probes.map((probe) => ({ probe, ...proofOf(proofs, probe) }));
  const worst =
    all.find((one) => one.outcome === "disagrees") ?? all.find((one) => one.outcome === "unclear") ?? all[0];
  const { outcome, detail } = worst ?? { outcome: "unclear" as const, detail: "nothing to try" };
  const which = all.length > 1 && worst ? `${nameOf(worst.probe)}: ` : "";
  const others = all.length > 1 && outcome === "agrees" ? `; so with ${all.length - 1} more` : "";
  return { ...line, outcome, detail: `${which}${detail}${others}` };
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
  return { from, to: formatAddress(to), port: range, verdict, outcome, detail };
}

function proofOf(proofs: ReadonlyMap<Probe, Proof>, probe: Probe): Proof {
  return proofs.get(probe) ?? { outcome: "unclear", detail: "not tried" };
}
