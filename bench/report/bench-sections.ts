import { METRIC_KINDS } from "../metrics.ts";
import type { BenchRecord, Metric, RunRecord } from "../model.ts";
import { parseIperf3 } from "../read/iperf3.ts";
import { barChart, rangeChart, sparkline } from "./charts.ts";
import { type Html, html, nothing } from "./html.ts";
import { badge, table } from "./page.ts";
import { formatMetric, formatValue } from "./units.ts";

export const SINGLE_RUN_NOTE = "one run: no uncertainty can be given, not a comparison";

const ROUND_TRIP_MARKS = ["round-trip-minimum", "round-trip-p50", "round-trip-p95", "round-trip-p99"];

/** Everything a page says about one record. */
export function benchSections(record: BenchRecord): Html {
  return html`${conditions(record)}${record.session.design.scenarios.map((scenario) =>
    scenarioSection(
      scenario.name,
      scenario.question,
      record.runs.filter((run) => run.slot.scenario === scenario.name),
    ),
  )}${fingerprint(record)}${raw(record)}`;
}

function conditions({ session, runs }: BenchRecord): Html {
  const { design } = session;
  return html`<p class="note"><strong>Each number below is from ${SINGLE_RUN_NOTE}.</strong> ${session.conditions.map((text) => html`${text} `)}</p>
${session.state === "interrupted" ? html`<p>${badge("bad", "interrupted")} The session was stopped, or left something behind; ${runs.length} of ${design.slots.length} planned runs were begun.</p>` : nothing}
${table(
  "What was measured",
  ["Interface", "Implementation", "MTU", "Pre-shared key", "Measured as"],
  design.arms.map((arm) => [arm.name, arm.implementation, `${arm.mtuBytes} bytes`, arm.presharedKeys, arm.client]),
)}`;
}

function scenarioSection(name: string, question: string, runs: readonly RunRecord[]): Html {
  if (runs.length === 0) return nothing;
  const names = [...new Set(runs.flatMap((run) => run.metrics.map((metric) => metric.name)))];
  const rows = names.map((metric) => [
    html`<span title="${METRIC_KINDS.get(metric)?.label ?? ""}">${metric}</span>`,
    ...runs.map((run) => cell(run.metrics.find((one) => one.name === metric))),
  ]);
  return html`<h3>${name}</h3><p>${question}</p>
${chart(name, runs)}
${table(
  `${name}: ${SINGLE_RUN_NOTE}`,
  ["Metric", ...runs.map((run) => run.slot.arm)],
  [
    ["state", ...runs.map(runState)],
    ...(runs.some((run) => throughputCourse(run).length > 1)
      ? [
          [
            "course, from zero",
            ...runs.map((run) => sparkline(`Throughput of ${run.slot.arm} over time`, throughputCourse(run))),
          ],
        ]
      : []),
    ...rows,
  ],
)}
<details><summary>What the metrics mean</summary>${table(
    "Metrics",
    ["Metric", "Meaning", "Better"],
    names.map((metric) => [metric, METRIC_KINDS.get(metric)?.label ?? "", METRIC_KINDS.get(metric)?.better ?? ""]),
  )}</details>`;
}

function runState(run: RunRecord): Html {
  const word = badge(run.status === "valid" ? "good" : "bad", run.status);
  return html`${word}${[...run.faults, ...run.doubts].map((text) => html`<br><span class="soft">${text}</span>`)}`;
}

function cell(metric: Metric | undefined): Html {
  if (metric === undefined) return html`<span class="soft">no number</span>`;
  const text = formatMetric(metric);
  return "value" in metric ? html`${text}` : html`<span class="soft">${text}</span>`;
}

/** An invalid run keeps its row in the table, with the reason, but gets no mark in a chart. */
function chart(scenario: string, runs: readonly RunRecord[]): Html {
  const value = (run: RunRecord, name: string) => {
    const metric = run.metrics.find((one) => one.name === name);
    return run.status === "valid" && metric !== undefined && "value" in metric ? metric.value : undefined;
  };
  const text = (run: RunRecord, name: string) => {
    const metric = run.metrics.find((one) => one.name === name);
    return run.status !== "valid"
      ? run.status
      : metric === undefined
        ? ""
        : "value" in metric
          ? formatMetric(metric)
          : "skipped";
  };
  const bars = (name: string, title: string) =>
    barChart(
      `${scenario}: ${title}; ${SINGLE_RUN_NOTE}`,
      runs.map((run) => {
        const found = value(run, name);
        return { label: run.slot.arm, text: text(run, name), ...(found === undefined ? {} : { value: found }) };
      }),
    );
  if (runs.some((run) => run.metrics.some((metric) => metric.name === "throughput")))
    return html`${bars("throughput", "throughput")}${bars("daemon-cpu-per-gigabyte", "CPU time of the device's daemon per gigabyte")}`;
  return rangeChart(
    `${scenario}: round trips, shortest, median, 95th and 99th percentile as far as there were answers enough; ${SINGLE_RUN_NOTE}`,
    runs.map((run) => ({
      label: run.slot.arm,
      marks: ROUND_TRIP_MARKS.flatMap((name) => value(run, name) ?? []),
      text: text(run, "round-trip-p50"),
    })),
  );
}

function throughputCourse(run: RunRecord): number[] {
  const output = run.observation?.outputs.find((one) => one.tool === "iperf3");
  const result = output === undefined ? undefined : parseIperf3(output);
  if (result === undefined || "skipped" in result) return [];
  return result.value.intervals
    .filter((interval) => !interval.warmup)
    .map((interval) => interval.bytes / interval.seconds);
}

function fingerprint({ session }: BenchRecord): Html {
  const rows = Object.entries(session.fingerprint.facts).map(([name, fact]) => [
    html`<code>${name}</code>`,
    "value" in fact ? html`<code>${fact.value}</code>` : html`<span class="soft">skipped: ${fact.skipped}</span>`,
  ]);
  return html`<details><summary>Environment fingerprint <code>${session.fingerprint.hash.slice(0, 16)}</code></summary>
<p class="soft">Only records with the same fingerprint belong to one series. Seed <code>${session.seed}</code>, started ${session.startedAt}, ${formatValue(session.seconds, "seconds")} long.</p>
${table("Facts", ["Fact", "Value"], rows)}</details>`;
}

/** The page stays readable: long outputs are cut here, whole ones are in the JSON record. */
function raw({ runs }: BenchRecord): Html {
  const shown = 4000;
  const outputs = runs.flatMap((run) =>
    (run.observation?.outputs ?? []).map(
      (output) => html`<h3>${run.slot.arm}, ${run.slot.scenario}: <code>${output.argv.join(" ")}</code></h3>
<pre tabindex="0">${(output.stdout + output.stderr).slice(0, shown)}</pre>${
        output.stdout.length + output.stderr.length > shown
          ? html`<p class="soft">Cut here; the JSON record has all of it.</p>`
          : nothing
      }`,
    ),
  );
  return outputs.length === 0 ? nothing : html`<details><summary>Raw tool outputs</summary>${outputs}</details>`;
}
