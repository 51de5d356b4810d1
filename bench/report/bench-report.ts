import type { BenchRecord } from "../model.ts";
import { benchSections } from "./bench-sections.ts";
import { html } from "./html.ts";
import { page, tiles } from "./page.ts";

/** One record as a self-contained page. */
export function renderBenchReport(record: BenchRecord): string {
  const valid = record.runs.filter((run) => run.status === "valid").length;
  return page(
    "wirewright measurement",
    html`<p class="soft">Started ${record.session.startedAt}; ${record.session.design.arms.length} interfaces, ${record.runs.length} runs.</p>
${tiles([
  {
    state: valid === record.runs.length ? "good" : "bad",
    word: valid === record.runs.length ? "all valid" : "some not valid",
    figure: `${valid} of ${record.runs.length}`,
    label: "runs that count",
  },
  { state: "warn", word: "read this first", figure: "1 run each", label: "no uncertainty, no comparison" },
])}
<h2>Measurements</h2>${benchSections(record)}`,
  );
}

/** The record as it is stored: stable order, one trailing newline. */
export function renderRecord(record: BenchRecord): string {
  return `${JSON.stringify(record, null, 1)}\n`;
}
