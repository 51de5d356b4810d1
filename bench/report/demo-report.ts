import type { BenchRecord } from "../model.ts";
import { benchSections } from "./bench-sections.ts";
import { type Html, html } from "./html.ts";
import { badge, page, type State, table, tiles } from "./page.ts";
import { formatValue } from "./units.ts";

/** What one demonstration did, saw and left. Secret-free: it is published as it is. */
export interface DemoReport {
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly steps: readonly DemoStep[];
  readonly expectations: readonly DemoExpectation[];
  readonly drift: readonly DemoDrift[];
  readonly runs: readonly BenchRecord[];
  /** Whether the destroyed stack left the device as it was. Undefined when the demonstration did not get that far. */
  readonly teardown?: { readonly clean: boolean; readonly detail: string } | undefined;
}

export interface DemoStep {
  readonly name: string;
  readonly status: "done" | "failed";
  readonly seconds: number;
  /** What was shown, or why it failed. */
  readonly detail: string;
}

/** One `expect` line of the intent file, and what packets said. */
export interface DemoExpectation {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  readonly verdict: "allow" | "deny";
  /** `unclear`: packets could not tell; `paper`: none can be sent for it. */
  readonly outcome: "agrees" | "disagrees" | "unclear" | "paper";
  readonly detail: string;
}

/** One difference that preview named, and whether the next up removed it. */
export interface DemoDrift {
  readonly stack: string;
  readonly property: string;
  readonly want: string;
  readonly have: string;
  readonly repaired: boolean;
}

export interface RenderedReport {
  /** `report.html` */
  readonly html: string;
  /** `report.json` */
  readonly json: string;
}

export function renderDemoReport(report: DemoReport): RenderedReport {
  const body = html`<p class="soft">Started ${report.startedAt}, took ${duration(report.seconds)}. Everything here happened inside network namespaces on one machine.</p>
${summary(report)}
<h2>Steps</h2>${steps(report.steps)}
<h2>Who reaches what, tried with packets</h2>${expectations(report.expectations)}
<h2>Drift, found and repaired</h2>${drift(report.drift)}
<h2>Measurements</h2>${report.runs.length === 0 ? html`<p>Nothing was measured.</p>` : report.runs.map(benchSections)}
<h2>What destroy left</h2>${teardown(report)}`;
  return {
    html: page(report.title, body),
    json: `${JSON.stringify({ format: "wirewright-demo/1", ...report }, null, 1)}\n`,
  };
}

function summary({ steps: all, expectations: expected, drift: found, runs, teardown: end }: DemoReport): Html {
  const done = all.filter((step) => step.status === "done").length;
  const proven = expected.filter((one) => one.outcome === "agrees").length;
  const contradicted = expected.some((one) => one.outcome === "disagrees");
  const repaired = found.filter((one) => one.repaired).length;
  const measured = runs.flatMap((record) => record.runs);
  const valid = measured.filter((run) => run.status === "valid").length;
  const tile = (part: number, whole: number, label: string, word: string) => ({
    state: (whole === 0 ? "warn" : part === whole ? "good" : "bad") as State,
    word: whole === 0 ? "not run" : part === whole ? word : "look here",
    figure: `${part} of ${whole}`,
    label,
  });
  return tiles([
    tile(done, all.length, "steps done", "done"),
    proven < expected.length && !contradicted
      ? {
          state: "warn",
          word: "in part",
          figure: `${proven} of ${expected.length}`,
          label: "expectations proven with packets",
        }
      : tile(proven, expected.length, "expectations proven with packets", "proven"),
    tile(repaired, found.length, "differences repaired", "repaired"),
    tile(valid, measured.length, "measuring runs valid", "valid"),
    {
      state: end === undefined ? "warn" : end.clean ? "good" : "bad",
      word: end === undefined ? "not run" : end.clean ? "clean" : "left over",
      figure: end === undefined ? "unknown" : end.clean ? "nothing left" : "something left",
      label: "after destroy",
    },
  ]);
}

function steps(all: readonly DemoStep[]): Html {
  const states = { done: "good", failed: "bad" } as const;
  return table(
    "Steps in order",
    ["Step", "State", "Time", "Detail"],
    all.map((step) => [step.name, badge(states[step.status], step.status), duration(step.seconds), step.detail]),
  );
}

function expectations(all: readonly DemoExpectation[]): Html {
  if (all.length === 0) return html`<p>No expectation was tried.</p>`;
  const badges: Readonly<Record<DemoExpectation["outcome"], Html>> = {
    agrees: badge("good", "agree"),
    disagrees: badge("bad", "disagree"),
    unclear: badge("warn", "could not tell"),
    paper: badge("warn", "not tried"),
  };
  return table(
    "Expectations of the intent file",
    ["From", "To", "Port", "Should", "Packets", "Detail"],
    all.map((one) => [one.from, one.to, one.port, one.verdict, badges[one.outcome], one.detail]),
  );
}

function drift(all: readonly DemoDrift[]): Html {
  if (all.length === 0) return html`<p>No drift was seen.</p>`;
  return table(
    "Differences that preview named",
    ["Stack", "Property", "Wanted", "Found", "After up"],
    all.map((one) => [
      one.stack,
      html`<code>${one.property}</code>`,
      one.want,
      one.have,
      one.repaired ? badge("good", "repaired") : badge("bad", "still there"),
    ]),
  );
}

function teardown({ teardown: end }: DemoReport): Html {
  if (end === undefined) return html`<p>${badge("warn", "not run")} The demonstration ended before destroy.</p>`;
  return html`<p>${end.clean ? badge("good", "clean") : badge("bad", "left over")} ${end.detail}</p>`;
}

function duration(seconds: number): string {
  // As it would be written: 59.98 s is a minute.
  if (Number(seconds.toPrecision(3)) < 60) return formatValue(seconds, "seconds");
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
