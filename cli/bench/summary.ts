import type { BenchRecord, RunRecord } from "../../bench/model.ts";
import { SINGLE_RUN_NOTE } from "../../bench/report/bench-sections.ts";
import { formatMetric } from "../../bench/report/units.ts";
import { renderTable } from "../../core/render/table.ts";
import { printable } from "../output.ts";

/** What a terminal shows of each run; everything else is in the record. */
const SHOWN = [
  "throughput",
  "daemon-cpu-per-gigabyte",
  "host-busy",
  "round-trip-p50",
  "round-trip-p99",
  "packet-loss",
  "first-answer",
];

/** One block per scenario, one line per interface; the conditions last, where they are read. */
export function summaryLines(record: BenchRecord): string[] {
  const { design, conditions, fingerprint } = record.session;
  const blocks = design.scenarios.flatMap((scenario) => {
    const runs = record.runs.filter((run) => run.slot.scenario === scenario.name);
    const names = SHOWN.filter((name) => scenario.metrics.includes(name));
    const order = design.arms.flatMap((arm) => runs.filter((run) => run.slot.arm === arm.name));
    const implementation = (run: RunRecord) =>
      design.arms.find((arm) => arm.name === run.slot.arm)?.implementation ?? "";
    const rows = order.map((run) =>
      [run.slot.arm, implementation(run), ...names.map((name) => cell(run, name)), remark(run)].map(printable),
    );
    return runs.length === 0
      ? []
      : [`${scenario.name}: ${scenario.question}`, renderTable([["", "", ...names, ""], ...rows], "  "), ""];
  });
  return [
    ...blocks,
    `Each line is ${SINGLE_RUN_NOTE}.`,
    ...conditions.map(printable),
    `Fingerprint ${fingerprint.hash.slice(0, 16)}, session ${record.session.state}.`,
  ];
}

function cell(run: RunRecord, name: string): string {
  const metric = run.metrics.find((one) => one.name === name);
  if (metric === undefined) return "-";
  return "value" in metric ? formatMetric(metric) : "skipped";
}

function remark(run: RunRecord): string {
  const why = [...run.faults, ...run.doubts].join("; ");
  return run.status === "valid" && why === "" ? "" : `${run.status}${why === "" ? "" : `: ${why}`}`;
}
