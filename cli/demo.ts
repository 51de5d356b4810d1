import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { type DemoStep, renderDemoReport } from "../bench/report/demo-report.ts";
import { down } from "../lab/down.ts";
import { ourselves, requireFree } from "../lab/owner.ts";
import { summaryLines } from "./bench/summary.ts";
import { stepRunner } from "./demo/steps.ts";
import { type Findings, story } from "./demo/story.ts";
import { interruption } from "./interruption.ts";
import { labFor } from "./lab.ts";
import { ExitCode, printable } from "./output.ts";

const REPORT_DIR = "out/demo";
const AGAIN = "next: run the demo again";
const REPORT_IT = `next: run npx wirewright doctor --lab; run the demo again; if it fails at the same step, report it with ${REPORT_DIR}/report.json`;

export function register(program: Command): void {
  program.command("demo").action(async () => {
    process.exitCode = await demo();
  });
}

/** The main job from nothing to nothing, on a lab of its own. Returns the exit code. */
async function demo(): Promise<number> {
  const lab = await labFor("demo");
  const owner = ourselves();
  requireFree(lab, owner);
  const findings: Findings = { expectations: [], drift: [], runs: [], teardown: undefined };
  const startedAt = new Date();
  const signal = interruption();
  const steps = stepRunner(signal);
  mkdirSync(REPORT_DIR, { recursive: true });
  try {
    await story({ lab, owner, findings, signal }, steps.step);
  } catch {
    // The step has said what failed; the report is written and the lab goes down all the same.
  } finally {
    await steps.always("take the lab down", async () =>
      (await down(lab, { owner })) ? "nothing left" : "there was none",
    );
  }
  const report = renderDemoReport({
    title: "wirewright demo",
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    steps: steps.done(),
    ...findings,
  });
  writeFileSync(join(REPORT_DIR, "report.html"), report.html);
  writeFileSync(join(REPORT_DIR, "report.json"), report.json);
  return summary(steps.done(), findings, signal);
}

/** The last words: what was shown, where the report is, and on failure which step, why, and what to do. */
function summary(steps: readonly DemoStep[], findings: Findings, signal: AbortSignal): number {
  const failed = steps.find((step) => step.status === "failed");
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  const lines = [
    "",
    ...steps.map((step) => `${step.status === "done" ? "ok    " : "FAILED"}  ${step.name}: ${printable(step.detail)}`),
    "",
    ...findings.runs.flatMap(summaryLines),
    "",
    `report: ${REPORT_DIR}/report.html and report.json`,
    failed === undefined
      ? `done in ${seconds.toFixed(0)} s`
      : `failed at "${failed.name}": ${printable(failed.detail)}\n${signal.aborted ? AGAIN : REPORT_IT}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return failed === undefined ? ExitCode.done : ExitCode.failed;
}
