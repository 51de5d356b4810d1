import { randomBytes } from "node:crypto";
import type { Clock } from "../../bench/bounded.ts";
import { type BenchRecord, RECORD_FORMAT, type Scenario } from "../../bench/model.ts";
import { renderRecord } from "../../bench/report/bench-report.ts";
import { type RunEvent, runSession, type StageLimits } from "../../bench/run.ts";
import { scenarios as catalogue } from "../../bench/scenarios/catalogue.ts";
import { schedule } from "../../bench/schedule.ts";
import { secretsIn, secretsOfConfiguration } from "../../bench/secrets.ts";
import { missingBenchPackages } from "../../lab/packages.ts";
import { requireUp } from "../../lab/run.ts";
import { labFor } from "../lab.ts";
import { labConditions, labFingerprint } from "./conditions.ts";
import { deployIfNeeded } from "./deploy.ts";
import { labRunner } from "./runner.ts";
import { benchTargets } from "./targets.ts";

export interface BenchRequest {
  /** Name of the lab; default as everywhere. */
  readonly lab?: string;
  readonly stack: string;
  /** Empty or absent: every interface of the stack. */
  readonly interfaces?: readonly string[];
  /** Measured length of each run, in place of the scenario's own. */
  readonly seconds?: number;
  /** 32 hex digits; drawn when absent. Decides the order of runs. */
  readonly seed?: string;
  readonly signal?: AbortSignal;
  readonly onStep?: (text: string) => void;
  readonly onRun?: (event: RunEvent) => void;
}

const LIMITS: StageLimits = { setupSeconds: 60, executeSlackSeconds: 60, teardownSeconds: 60 };

/** Deploys where needed, measures every interface under every scenario once, and leaves nothing of its clients. */
export async function benchRun(request: BenchRequest): Promise<BenchRecord> {
  const { stack, seconds, onStep = () => undefined, onRun = () => undefined } = request;
  const signal = request.signal ?? new AbortController().signal;
  const lab = await labFor(request.lab);
  requireUp(lab);
  const missing = missingBenchPackages();
  if (missing.length > 0) throw new Error(`a benchmark needs more tools; run: apt-get install -y ${missing.join(" ")}`);
  const targets = await benchTargets(lab, stack, request.interfaces ?? []);
  const scenarios = catalogue.map(
    (one): Scenario => (seconds === undefined ? one : { ...one, measureSeconds: seconds }),
  );
  onStep(`stack ${stack} is ${await deployIfNeeded(lab, stack, onStep)}`);
  const clock = systemClock();
  const [began, startedAt] = [clock.seconds(), clock.wallTime()];
  const fingerprint = await labFingerprint(lab, targets, scenarios);
  const seed = request.seed ?? randomBytes(16).toString("hex");
  const arms = targets.map((target) => target.arm);
  const slots = schedule(
    seed,
    arms.map((arm) => arm.name),
    scenarios.map((one) => one.name),
    1,
  );
  const runner = labRunner(lab, targets, scenarios);
  const { runs, state } = await runSession({ slots, scenarios, limits: LIMITS }, runner, clock, signal, onRun);
  const processors = fingerprint.facts[`${targets[0]?.device}.cpu.count`] ?? { skipped: "unknown" };
  const record: BenchRecord = {
    format: RECORD_FORMAT,
    session: {
      seed,
      startedAt,
      seconds: clock.seconds() - began,
      state,
      fingerprint,
      design: { kind: "single-runs", blocks: 1, arms, scenarios, slots },
      conditions: labConditions(processors),
    },
    runs,
    verdicts: [],
  };
  refuseSecrets(
    record,
    targets.flatMap((target) => secretsOfConfiguration(target.configuration)),
  );
  return record;
}

/** Nothing that is archived can hold a key by construction; this is what notices when that is no longer so. */
function refuseSecrets(record: BenchRecord, secrets: readonly string[]): void {
  if (secretsIn(renderRecord(record), secrets).length > 0)
    throw new Error(
      "the record holds a private or pre-shared key, so it is thrown away; this is a bug of wirewright, please report it",
    );
}

function systemClock(): Clock {
  return {
    seconds: () => performance.now() / 1000,
    wallTime: () => new Date().toISOString(),
    alarm(afterSeconds, ring) {
      const timer = setTimeout(ring, afterSeconds * 1000);
      return () => clearTimeout(timer);
    },
  };
}
