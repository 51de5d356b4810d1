/**
 * The stored shape of a measuring session, `wgbench/1`. Base units only: seconds, bytes, packets; scaling is the report's work.
 * A record holds the raw outputs, and every metric in it can be computed from them again (`measureRun`).
 */
export const RECORD_FORMAT = "wgbench/1";

export interface BenchRecord {
  readonly format: typeof RECORD_FORMAT;
  readonly session: Session;
  /** In the order they were run. */
  readonly runs: readonly RunRecord[];
  /** Comparisons of arms. Single runs carry none, so this stays empty until a design has blocks. */
  readonly verdicts: readonly [];
}

export interface Session {
  /** 32 hex digits; the source of every random choice of the session. */
  readonly seed: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly state: "complete" | "interrupted";
  readonly fingerprint: Fingerprint;
  readonly design: Design;
  /** What a reader must know before using a number, for example that both ends share one machine. */
  readonly conditions: readonly string[];
}

/** How the runs were laid out. A design with random blocks is a further kind, with the same arms, scenarios and slots. */
export interface Design {
  readonly kind: "single-runs";
  readonly blocks: number;
  readonly arms: readonly Arm[];
  readonly scenarios: readonly Scenario[];
  readonly slots: readonly Slot[];
}

/** One interface configuration under test. */
export interface Arm {
  /** `nas/wg1` */
  readonly name: string;
  readonly server: string;
  readonly interface: string;
  readonly implementation: string;
  readonly mtuBytes: number;
  readonly presharedKeys: "on" | "off";
  /** The client whose configuration the measuring end uses: `nas/wg1/runner`. */
  readonly client: string;
}

/** One run to be made: this arm under this scenario, at this place of this block. */
export interface Slot {
  readonly block: number;
  readonly position: number;
  readonly arm: string;
  readonly scenario: string;
}

export type Load =
  | {
      readonly tool: "iperf3";
      readonly protocol: "tcp";
      readonly streams: number;
      readonly direction: "client-to-server" | "server-to-client";
      readonly intervalSeconds: number;
    }
  /** Echo requests sent on a schedule, whether or not the last one was answered. */
  | { readonly tool: "fping"; readonly periodSeconds: number; readonly payloadBytes: number };

/** Data with a question, never code. */
export interface Scenario {
  readonly name: string;
  readonly question: string;
  readonly load: Load;
  readonly warmupSeconds: number;
  readonly measureSeconds: number;
  /** Names from the metric catalogue. */
  readonly metrics: readonly string[];
}

/** A value, or why there is none. A missing tool is never a zero. */
export type Reading<T = number> = { readonly value: T } | { readonly skipped: string };

export type Unit = "bytes/second" | "seconds" | "seconds/gigabyte" | "bytes" | "packets" | "count" | "ratio";

export type Metric = { readonly name: string; readonly unit: Unit } & Reading;

export type StageName = "setup" | "execute" | "teardown" | "validate";

export interface StageResult {
  readonly stage: StageName;
  readonly status: "ok" | "failed" | "not-run";
  readonly seconds: number;
  /** Why it failed; empty otherwise. */
  readonly detail: string;
}

/** What one program printed. `argv` is public by construction: no secret is ever an argument. */
export interface ToolOutput {
  readonly tool: "iperf3" | "fping" | "ping" | "wg";
  readonly argv: readonly string[];
  /** Undefined when a signal ended it. */
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The raw text of one look at one end: the output of `SAMPLE_SCRIPT`. */
export interface Sample {
  readonly end: "device" | "client";
  readonly when: "before" | "after";
  readonly text: string;
}

/** What setup and execute saw, uninterpreted. */
export interface Observation {
  readonly samples: readonly Sample[];
  readonly outputs: readonly ToolOutput[];
}

export interface RunRecord {
  readonly slot: Slot;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** `invalid`: it ran, but its numbers can't be used, for the reasons in `faults`. `failed`: there are no numbers. */
  readonly status: "valid" | "invalid" | "failed" | "interrupted";
  readonly stages: readonly StageResult[];
  readonly faults: readonly string[];
  /** Warnings about a result that still counts. */
  readonly doubts: readonly string[];
  readonly metrics: readonly Metric[];
  readonly observation?: Observation;
}

export interface Fingerprint {
  /** SHA-256 over the facts, hex. Only records with the same hash belong to one series. */
  readonly hash: string;
  /** Sorted by name. */
  readonly facts: Readonly<Record<string, Reading<string>>>;
}
