import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "../../bench/fingerprint.ts";
import { measureRun } from "../../bench/metrics.ts";
import type { BenchRecord, Observation, Scenario, ToolOutput } from "../../bench/model.ts";
import { idleLatency } from "../../bench/scenarios/idle-latency.ts";
import { singleStreamUp } from "../../bench/scenarios/single-stream.ts";

/** What a program really printed, kept as a file. */
export function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");
}

export function iperf3Output(stdout: string, exitCode = 0): ToolOutput {
  return { tool: "iperf3", argv: ["iperf3"], exitCode, stdout, stderr: "" };
}

export function fpingOutput(stderr: string, exitCode = 0): ToolOutput {
  return { tool: "fping", argv: ["fping", "-q", "127.0.0.1"], exitCode, stdout: "", stderr };
}

export interface SampleFacts {
  readonly busyTicks: number;
  readonly idleTicks?: number;
  readonly stolenTicks?: number;
  readonly daemonTicks: number;
  readonly daemonStarted?: number;
  readonly linkReceived: number;
  readonly clock?: number;
  readonly uptime?: number;
  readonly handshakes?: string;
  readonly drops?: number;
  /** Sections whose tool failed. */
  readonly failed?: readonly string[];
  /** Process id of the sampling shell; it and a child of it show among the processes, each with some time spent. */
  readonly sampler?: number;
}

/** The text of a sample with these facts in it, shaped as the script prints it. */
export function sampleText(facts: SampleFacts): string {
  const stat = (pid: number, parent: number, ticks: number, started: number) =>
    `${pid} (-) S ${parent} 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${started} 1 1`;
  const link = [
    {
      stats64: {
        rx: { bytes: facts.linkReceived, packets: 1, errors: 0, dropped: facts.drops ?? 0 },
        tx: { bytes: 1000, packets: 1, errors: 0, dropped: 0 },
      },
    },
  ];
  const sections = [
    `== self\n${facts.sampler ?? 77}`,
    "== ticks\n100",
    `== uptime\n${facts.uptime ?? 500}.00 900.00`,
    `== clock\n${facts.clock ?? 1700000000}`,
    `== cpu\ncpu  ${facts.busyTicks} 0 0 ${facts.idleTicks ?? 1000} 0 0 0 ${facts.stolenTicks ?? 0} 0 0`,
    `== daemon\n${stat(40, 1, facts.daemonTicks, facts.daemonStarted ?? 900)}`,
    "== daemon-status\nVmHWM:\t   30000 kB\nVmRSS:\t   20000 kB",
    "== daemon-memory\nPss:                15000 kB",
    `== processes\n${stat(1, 0, 5, 1)}\n${stat(40, 1, facts.daemonTicks, facts.daemonStarted ?? 900)}\n${stat(facts.sampler ?? 77, 0, 30, 2000)}\n${stat((facts.sampler ?? 77) + 1, facts.sampler ?? 77, 20, 2001)}`,
    `== link\n${JSON.stringify(link)}`,
    '== kernel\n{"kernel":{"TcpRetransSegs":7}}',
    `== handshakes\n${facts.handshakes ?? "key\t1700000000"}`,
    "== end\n",
  ];
  const hasFailed = (text: string) => facts.failed?.some((name) => text.startsWith(`== ${name}\n`));
  return sections.map((text) => (hasFailed(text) ? `${text.split("\n")[0]}\n!! it ended with 124` : text)).join("\n");
}

export const before: SampleFacts = { busyTicks: 1000, daemonTicks: 100, linkReceived: 0 };
/** One second of daemon time and four of host time for the bytes of the upload fixture. */
export const after: SampleFacts = {
  busyTicks: 1400,
  idleTicks: 1200,
  daemonTicks: 200,
  sampler: 90,
  linkReceived: 12_000_000_000,
  clock: 1700000003,
  uptime: 503,
};

export function observation(output: ToolOutput, last: SampleFacts = after): Observation {
  const samples = (["device", "client"] as const).flatMap((end) => [
    { end, when: "before" as const, text: sampleText(before) },
    { end, when: "after" as const, text: sampleText(last) },
  ]);
  const wg = { tool: "wg" as const, argv: ["wg"], exitCode: 0, stdout: "key\t0\n", stderr: "" };
  const ping = { ...wg, tool: "ping" as const, stdout: "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=5.32 ms\n" };
  return { samples, outputs: [wg, ping, output] };
}

/** The scenario as the fixtures ran it: two seconds after one of warm-up. */
export const upload: Scenario = { ...singleStreamUp, measureSeconds: 2 };

export function record(): BenchRecord {
  const scenarios = [upload, idleLatency];
  const seen = [observation(iperf3Output(fixture("iperf3-up.json"))), observation(fpingOutput(fixture("fping.txt")))];
  const slots = scenarios.map((scenario, position) => ({
    block: 0,
    position,
    arm: "nas/wg1",
    scenario: scenario.name,
  }));
  return {
    format: "wgbench/1",
    session: {
      seed: "00".repeat(16),
      startedAt: "2026-01-01T00:00:00.000Z",
      seconds: 12,
      state: "complete",
      fingerprint: fingerprint({
        "cpu.model": { value: "A <b>CPU</b>" },
        "cpu.governor": { skipped: "not available" },
      }),
      design: {
        kind: "single-runs",
        blocks: 1,
        arms: [
          {
            name: "nas/wg1",
            server: "nas",
            interface: "wg1",
            implementation: "wireguard-go",
            mtuBytes: 1420,
            presharedKeys: "on",
            client: "nas/wg1/runner",
          },
        ],
        scenarios,
        slots,
      },
      conditions: ["Both ends share one machine."],
    },
    runs: slots.map((slot, i) => {
      const scenario = scenarios[i] ?? upload;
      const one = seen[i] ?? observation(iperf3Output(""));
      return {
        slot,
        startedAt: "2026-01-01T00:00:01.000Z",
        status: "valid",
        stages: [],
        faults: [],
        doubts: [],
        metrics: measureRun(scenario, one),
        observation: one,
      };
    }),
    verdicts: [],
  };
}
