import { type Attempt, attempt, bounded, type Clock } from "./bounded.ts";
import { measureRun } from "./metrics.ts";
import type { Observation, RunRecord, Scenario, Session, Slot, StageName, StageResult } from "./model.ts";
import type { Judgement } from "./validate.ts";

/** What a place to measure in must do. The stages know nothing of namespaces or SSH. */
export interface Runner {
  /** Ends with a tunnel that has shaken hands and answers through itself. */
  setup(slot: Slot, signal: AbortSignal): Promise<void>;
  execute(slot: Slot, signal: AbortSignal): Promise<Observation>;
  /** Removes whatever setup made, half of it too, and says what is left. Safe to repeat. */
  teardown(slot: Slot): Promise<readonly string[]>;
  validate(slot: Slot, observation: Observation): Judgement;
}

export interface StageLimits {
  readonly setupSeconds: number;
  /** On top of the scenario's own length. */
  readonly executeSlackSeconds: number;
  readonly teardownSeconds: number;
}

export interface SessionPlan {
  readonly slots: readonly Slot[];
  readonly scenarios: readonly Scenario[];
  readonly limits: StageLimits;
}

export type RunEvent =
  | { readonly kind: "started"; readonly slot: Slot; readonly number: number; readonly total: number }
  | { readonly kind: "ended"; readonly run: RunRecord; readonly number: number; readonly total: number };

export interface SessionRuns {
  readonly runs: readonly RunRecord[];
  readonly state: Session["state"];
}

/**
 * Every slot in order, one at a time: setup, execute, teardown, validate. Teardown runs whatever happened before it.
 * An abort ends the current run and the session, and so does a teardown that leaves something behind: the next run would share the machine with it.
 * After either the state is `interrupted`, also when no run was left to come.
 */
export async function runSession(
  plan: SessionPlan,
  runner: Runner,
  clock: Clock,
  signal: AbortSignal,
  report: (event: RunEvent) => void,
): Promise<SessionRuns> {
  const runs: RunRecord[] = [];
  for (const [i, slot] of plan.slots.entries()) {
    if (signal.aborted) break;
    const scenario = plan.scenarios.find((one) => one.name === slot.scenario);
    if (scenario === undefined) throw new Error(`slot ${i} asks for the unknown scenario ${slot.scenario}`);
    report({ kind: "started", slot, number: i + 1, total: plan.slots.length });
    const run = await runSlot(slot, scenario, plan.limits, runner, clock, signal);
    runs.push(run);
    report({ kind: "ended", run, number: i + 1, total: plan.slots.length });
    if (leftOf(run.stages).length > 0) return { runs, state: "interrupted" };
  }
  return { runs, state: runs.length === plan.slots.length && !signal.aborted ? "complete" : "interrupted" };
}

/** Why a teardown failed, if it did. */
function leftOf(stages: readonly StageResult[]): readonly string[] {
  return stages.filter((one) => one.stage === "teardown" && one.status === "failed").map((one) => one.detail);
}

async function runSlot(
  slot: Slot,
  scenario: Scenario,
  limits: StageLimits,
  runner: Runner,
  clock: Clock,
  signal: AbortSignal,
): Promise<RunRecord> {
  const startedAt = clock.wallTime();
  const { stages, note, stage, skip } = stageLog(clock);
  const never = new AbortController().signal;
  const ready = await stage("setup", limits.setupSeconds, signal, (stop) => runner.setup(slot, stop));
  const length = scenario.warmupSeconds + scenario.measureSeconds + limits.executeSlackSeconds;
  const seen =
    "error" in ready ? skip("execute") : await stage("execute", length, signal, (stop) => runner.execute(slot, stop));
  const observation = seen !== undefined && "value" in seen ? seen.value : undefined;
  await stage("teardown", limits.teardownSeconds, never, () => cleared(() => runner.teardown(slot)));
  if (observation === undefined) {
    skip("validate");
    const status = signal.aborted ? "interrupted" : "failed";
    const faults = stages.filter((one) => one.status === "failed").map((one) => `${one.stage}: ${one.detail}`);
    return { slot, startedAt, status, stages, faults, doubts: [], metrics: [] };
  }
  const judged = await note("validate", async () => ({
    ...runner.validate(slot, observation),
    metrics: measureRun(scenario, observation),
  }));
  const left = leftOf(stages).map((detail) => `teardown: ${detail}`);
  if ("error" in judged) {
    const faults = [`validate: ${judged.error}`, ...left];
    return { slot, startedAt, status: "failed", stages, faults, doubts: [], metrics: [], observation };
  }
  const { faults, doubts, metrics } = judged.value;
  const all = [...faults, ...left];
  return {
    slot,
    startedAt,
    status: all.length === 0 ? "valid" : "invalid",
    stages,
    faults: all,
    doubts,
    metrics,
    observation,
  };
}

/** Runs stages, those with a limit within their time, and keeps what came of them. */
function stageLog(clock: Clock) {
  const stages: StageResult[] = [];
  const note = async <T>(name: StageName, work: () => Promise<T>): Promise<Attempt<T>> => {
    const began = clock.seconds();
    const tried = await attempt(work);
    const [status, detail] = "error" in tried ? (["failed", tried.error] as const) : (["ok", ""] as const);
    stages.push({ stage: name, status, seconds: clock.seconds() - began, detail });
    return tried;
  };
  const stage = <T>(name: StageName, seconds: number, stop: AbortSignal, work: (stop: AbortSignal) => Promise<T>) =>
    note(name, () => bounded(work, seconds, stop, clock));
  const skip = (name: StageName) => {
    stages.push({ stage: name, status: "not-run", seconds: 0, detail: "" });
  };
  return { stages, note, stage, skip };
}

/** A second try, because the first often only raced the end of a process; then what is left is an error. */
async function cleared(teardown: () => Promise<readonly string[]>): Promise<void> {
  const first = await attempt(teardown);
  if ("value" in first && first.value.length === 0) return;
  const left = await teardown();
  if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
}
