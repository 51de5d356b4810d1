import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { measureRun } from "../../../bench/metrics.ts";
import type { BenchRecord, ToolOutput } from "../../../bench/model.ts";
import { renderBenchReport, renderRecord } from "../../../bench/report/bench-report.ts";
import { SINGLE_RUN_NOTE } from "../../../bench/report/bench-sections.ts";
import { type DemoReport, renderDemoReport } from "../../../bench/report/demo-report.ts";
import { escapeText, html } from "../../../bench/report/html.ts";
import { formatValue } from "../../../bench/report/units.ts";
import { idleLatency } from "../../../bench/scenarios/idle-latency.ts";
import { secretsIn } from "../../../bench/secrets.ts";
import { fpingOutput, observation, record } from "../fixtures.ts";

const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&`;

function demo(text: string, benches: readonly BenchRecord[] = [record()]): DemoReport {
  return {
    title: text,
    startedAt: text,
    seconds: 61,
    steps: [
      { name: text, status: "done", seconds: 0.004, detail: text },
      { name: "measure", status: "failed", seconds: 0, detail: text },
    ],
    expectations: [{ from: text, to: text, port: text, verdict: "allow", outcome: "paper", detail: text }],
    drift: [{ stack: text, property: text, want: text, have: text, repaired: true }],
    runs: benches,
    teardown: { clean: true, detail: text },
  };
}

/** Every text of a record that somebody else wrote, replaced by the attack. */
function hostile(): BenchRecord {
  const text = JSON.stringify(record(), (key, value) =>
    typeof value === "string" &&
    !["format", "kind", "scenario", "unit", "status", "state", "end", "when", "tool", "stdout"].includes(key)
      ? attack
      : value,
  );
  return JSON.parse(text) as BenchRecord;
}

/** Opening and closing tags in order; a page that misses one is not well formed. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const empty = new Set(["meta", "br", "rect", "line", "circle", "polyline", "!doctype"]);
  for (const [, close, name = ""] of page
    .replace(/<style>[\s\S]*<\/style>/, "")
    .matchAll(/<(\/?)([a-z0-9!]+)[^>]*>/g)) {
    if (empty.has(name)) continue;
    if (close === "") open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

/** Texts of little but what means something to HTML. */
const marks = fc.string({ unit: fc.constantFrom("<", ">", '"', "'", "&", "/", "a", " ") });

test("no text can become markup", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), marks), (text) => {
      expect(html`<p title="${text}">${text}</p>`.markup).toMatch(/^<p title="[^"<>]*">[^<>"']*<\/p>$/);
    }),
    { seed: 3 },
  );
  expect(escapeText("a\u{0}\u{1b}[31m\tb\n")).toBe("a\u{FFFD}\u{FFFD}[31m\tb\n");
});

test("hostile texts anywhere in a report stay text", () => {
  for (const page of [renderDemoReport(demo(attack, [hostile()])).html, renderBenchReport(hostile())]) {
    expect(page).not.toMatch(/<script|<img|onerror=(?!alert\(1\)&gt;)/);
    expect(unbalanced(page)).toEqual([]);
  }
});

test("a page asks nobody for anything and runs nothing", () => {
  const page = renderDemoReport(demo("demo")).html;
  expect(page).not.toMatch(/\b(src|href)="(?!#)|url\(|@import|<script|<link|<iframe|javascript:/);
  expect(page).toContain("default-src 'none'");
});

test("a page states its language, has one main heading and names every drawing", () => {
  const page = renderDemoReport(demo("demo")).html;
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(page.match(/<h1>/g)).toHaveLength(1);
  for (const [svg] of page.matchAll(/<svg [^>]*>/g)) expect(svg).toMatch(/role="img" aria-label="[^"]+"/);
  expect(page).toContain("prefers-color-scheme:dark");
});

test("single runs say that they are single wherever their numbers stand", () => {
  const page = renderBenchReport(record());
  for (const [figure] of page.matchAll(/<figure>[\s\S]*?<\/figure>/g)) expect(figure).toContain(SINGLE_RUN_NOTE);
  for (const [caption] of page.matchAll(/<caption>single[\s\S]*?<\/caption>/g))
    expect(caption).toContain(SINGLE_RUN_NOTE);
  expect(page).toContain("Both ends share one machine.");
});

test("what is missing shows its reason and never a number", () => {
  const page = renderBenchReport(record());
  expect(page).toContain("skipped: 20 round trips, and it takes 1000");
  expect(page).toContain("skipped: not available");
});

test("the chart of round trips has a mark for each figure that there are answers enough for, and no other", () => {
  const marks = (fping: string): number => {
    const good = record();
    const runs = good.runs.map((run) =>
      run.slot.scenario === idleLatency.name ? { ...run, ...measuredFrom(fpingOutput(fping)) } : run,
    );
    return renderBenchReport({ ...good, runs }).match(/class="mark"/g)?.length ?? 0;
  };
  const measuredFrom = (output: ToolOutput) => {
    const seen = observation(output);
    return { observation: seen, metrics: measureRun(idleLatency, seen) };
  };
  const answers = (count: number): string =>
    `127.0.0.1 : ${Array.from({ length: count }, (_, i) => (1 + (i % 7)).toFixed(2)).join(" ")}\n`;
  expect([20, 200, 1000].map((count) => marks(answers(count)))).toEqual([2, 3, 4]);
});

test("a run that does not count keeps its reasons and gets no bar", () => {
  const good = record();
  const runs = good.runs.map((run) => ({ ...run, status: "invalid" as const, faults: ["the clock stepped"] }));
  const page = renderBenchReport({ ...good, runs });
  expect(page).toContain("the clock stepped");
  expect(page).not.toMatch(/class="bar"[^>]*width="(?!0")/);
  expect(page).not.toContain('class="mark"');
});

test("the stored record is the record", () => {
  expect(JSON.parse(renderRecord(record()))).toEqual(record());
  expect(renderRecord(record())).toBe(renderRecord(record()));
});

test("the JSON of the demonstration carries everything the page was made of", () => {
  const input = demo("demo");
  expect(JSON.parse(renderDemoReport(input).json)).toEqual({ format: "wirewright-demo/1", ...input });
});

test.each([
  ["agrees", "good", "agree", "proven"],
  ["disagrees", "bad", "disagree", "look here"],
  ["unclear", "warn", "could not tell", "in part"],
  ["paper", "warn", "not tried", "in part"],
] as const)("an expectation that packets are %s of is shown as %s: %s", (outcome, state, word, tile) => {
  const [one] = demo("x").expectations;
  if (one === undefined) throw new Error("no expectation");
  const page = renderDemoReport({ ...demo("x", []), expectations: [{ ...one, outcome }] }).html;
  expect(page).toContain(`<td><span class="state ${state}">${word}</span></td>`);
  expect(page).toMatch(new RegExp(`${tile}</span><strong>[01] of 1</strong><span class="soft">expectations`));
});

test("a demonstration that stopped early says so", () => {
  const { teardown, ...early } = demo("demo", []);
  const page = renderDemoReport(early).html;
  expect(teardown).toBeDefined();
  expect(page).toContain("The demonstration ended before destroy.");
  expect(page).toContain("Nothing was measured.");
});

test.each([
  [59.94, "59.9 s"],
  [59.98, "1 min 0 s"],
  [60, "1 min 0 s"],
  [119.4, "1 min 59 s"],
  [119.7, "2 min 0 s"],
])("a demonstration of %f s took %s", (seconds, text) => {
  expect(renderDemoReport({ ...demo("demo", []), seconds }).html.replaceAll("\u{A0}", " ")).toContain(`took ${text}.`);
});

test("a report of a run that used a key does not hold it", () => {
  const key = randomBytes(32).toString("base64");
  expect(secretsIn(renderRecord(record()) + renderBenchReport(record()), [key])).toEqual([]);
});

test.each([
  [0, "seconds", "0 µs"],
  [0.000158, "seconds", "158 µs"],
  [0.0123, "seconds", "12.3 ms"],
  [0.9997, "seconds", "1 s"],
  [0.0009997, "seconds", "1 ms"],
  [0.9994, "seconds", "999 ms"],
  [999_700, "bytes", "1 MB"],
  [124_970_000, "bytes/second", "1 Gbit/s"],
  [124_900_000, "bytes/second", "999 Mbit/s"],
  [1.25e8, "bytes/second", "1 Gbit/s"],
  [-0.9997, "seconds", "-1 s"],
  [1.5, "seconds", "1.5 s"],
  [1e8, "bytes/second", "800 Mbit/s"],
  [155_000_000, "bytes/second", "1.24 Gbit/s"],
  [20_480_000, "bytes", "20.5 MB"],
  [0.5, "ratio", "50 %"],
  [1234567.4, "packets", "1,234,567"],
] as const)("%f %s reads %s", (value, unit, text) => {
  expect(formatValue(value, unit).replace("\u{A0}", " ")).toBe(text);
});
