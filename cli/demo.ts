import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { BenchRecord } from "../bench/model.ts";
import {
  type DemoDrift,
  type DemoExpectation,
  type DemoReport,
  type DemoStep,
  renderDemoReport,
} from "../bench/report/demo-report.ts";
import { down } from "../lab/down.ts";
import { capture } from "../lab/run.ts";
import type { Lab } from "../lab/state.ts";
import { up } from "../lab/up.ts";
import { summaryLines } from "./bench/summary.ts";
import { fingerprintOf } from "./demo/fingerprint.ts";
import { type Progress, stepRunner } from "./demo/steps.ts";
import { labFor } from "./lab.ts";
import { ExitCode, printable } from "./output.ts";

const REPORT_DIR = "out/demo";
const STACKS = ["router", "nas"] as const;
/** What a hand on the router does: a client is gone, and the link has another MTU. */
const BREAK = 'wg set wg0 peer "$(wg show wg0 peers | head -n 1)" remove; ip link set wg0 mtu 1337';

interface Findings {
  readonly expectations: DemoExpectation[];
  readonly drift: DemoDrift[];
  readonly runs: BenchRecord[];
  teardown: DemoReport["teardown"];
}

export function register(program: Command): void {
  program.command("demo").action(async () => {
    process.exitCode = await demo();
  });
}

/** The main job from nothing to nothing, on a lab of its own. Returns the exit code. */
async function demo(): Promise<number> {
  const lab = await labFor("demo");
  const findings: Findings = { expectations: [], drift: [], runs: [], teardown: undefined };
  const startedAt = new Date();
  const steps = stepRunner();
  mkdirSync(REPORT_DIR, { recursive: true });
  try {
    await story(lab, findings, steps.step);
  } catch {
    // The step has said what failed; the report is written and the lab goes down all the same.
  } finally {
    await steps.always("take the lab down", async () => ((await down(lab)) ? "nothing left" : "there was none"));
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
  return summary(steps.done(), findings);
}

async function story(lab: Lab, findings: Findings, step: Progress["step"]): Promise<void> {
  await step("bring a fresh lab up", async (say) => {
    await down(lab);
    await up(lab, { onStep: say });
    return "router, NAS, LAN, cameras, internet, operator";
  });
  const before = await step("fingerprint the NAS before anything is deployed", async () => ({
    detail: "links, addresses, routes, rules, nft, sysctls, files, processes",
    value: await fingerprintOf(lab, "nas"),
  }));
  for (const stack of STACKS) {
    await step(`pulumi preview and up, stack ${stack}`, (say) => deploy(lab, stack, say));
  }
  await step("prove every expect line with packets", (say) => prove(lab, findings, say));
  await step("break the router by hand; preview finds it, up repairs it", (say) => breakAndRepair(lab, findings, say));
  await step("measure wg0, wg1 and wg3 briefly", (say) => measure(findings, say));
  await step("destroy stack nas; nothing of it is left, the router did not notice", (say) =>
    destroy(lab, findings, before, say),
  );
}

async function deploy(lab: Lab, stack: string, say: (text: string) => void): Promise<string> {
  await operator(lab, ["pulumi", "stack", "select", "--create", stack]);
  say("preview");
  await operator(lab, ["pulumi", "preview", "--stack", stack, "--non-interactive"]);
  say("up");
  const text = await operator(lab, ["pulumi", "up", "--yes", "--skip-preview", "--stack", stack, "--non-interactive"]);
  say("preview again, expecting no changes");
  await operator(lab, ["pulumi", "preview", "--stack", stack, "--expect-no-changes", "--non-interactive"]);
  const created = /\+ (\d+) created/.exec(text)?.[1] ?? "?";
  return `${created} resources created; the next preview is empty`;
}

async function prove(lab: Lab, findings: Findings, say: (text: string) => void): Promise<string> {
  const { verifyExpectations } = await import("./verify.ts");
  for (const stack of STACKS) {
    const results = await verifyExpectations({ lab, stack, onResult: (one) => say(`${one.from} to ${one.to}`) });
    findings.expectations.push(...results);
    const wrong = results.find((one) => !one.agrees);
    if (wrong)
      throw new Error(`${wrong.from} to ${wrong.to} ${wrong.port}: expected ${wrong.verdict}, ${wrong.detail}`);
  }
  const proven = findings.expectations.filter((one) => one.proven).length;
  return `${proven} of ${findings.expectations.length} proven with packets, the rest on paper only (clients with their own key)`;
}

async function breakAndRepair(lab: Lab, findings: Findings, say: (text: string) => void): Promise<string> {
  const { code } = await capture(lab, { on: "router", argv: ["sh", "-c", BREAK] });
  if (code !== 0) throw new Error("the router could not be broken by hand");
  say("preview, expecting to find it");
  const preview = await capture(lab, {
    argv: ["pulumi", "preview", "--stack", "router", "--expect-no-changes", "--diff", "--non-interactive"],
    timeoutSeconds: 240,
  });
  if (preview.code !== 7) throw new Error(`preview ended ${preview.code}, not 7: ${lastLine(preview)}`);
  const found = await statusOf(lab);
  say("up, then preview again");
  await operator(lab, ["pulumi", "up", "--yes", "--skip-preview", "--stack", "router", "--non-interactive"]);
  await operator(lab, ["pulumi", "preview", "--stack", "router", "--expect-no-changes", "--non-interactive"]);
  const left = new Set((await statusOf(lab)).map((one) => one.property));
  findings.drift.push(...found.map((one) => ({ stack: "router", ...one, repaired: !left.has(one.property) })));
  return `exit 7 and ${found.length} differences by name; after one up the preview is empty`;
}

async function statusOf(lab: Lab): Promise<{ property: string; want: string; have: string }[]> {
  const { stdout } = await capture(lab, {
    argv: ["wirewright", "status", "--stack", "router", "--json"],
    timeoutSeconds: 60,
  });
  const status: { differences: { property: string; want: string; have: string }[] } = JSON.parse(stdout);
  return status.differences.map(({ property, want, have }) => ({ property, want, have }));
}

async function measure(findings: Findings, say: (text: string) => void): Promise<string> {
  const { benchRun } = await import("./bench.ts");
  for (const [stack, name] of [
    ["router", "wg0"],
    ["nas", "wg1"],
    ["nas", "wg3"],
  ] as const) {
    say(`${stack}/${name}`);
    findings.runs.push(await benchRun({ lab: "demo", stack, interfaces: [name], seconds: 2, onStep: say }));
  }
  return `${findings.runs.length} tunnels; single runs, so no comparison`;
}

async function destroy(lab: Lab, findings: Findings, before: string, say: (text: string) => void): Promise<string> {
  const production = await fingerprintOf(lab, "router");
  await operator(lab, ["pulumi", "destroy", "--yes", "--skip-preview", "--stack", "nas", "--non-interactive"]);
  say("compare the NAS with what it was");
  const left = differingLine(before, await fingerprintOf(lab, "nas"));
  const moved = differingLine(production, await fingerprintOf(lab, "router"));
  const clean = left === undefined && moved === undefined;
  findings.teardown = {
    clean,
    detail: clean ? "the NAS is as it was, the router unchanged" : `left: ${left ?? moved}`,
  };
  if (!clean) throw new Error(findings.teardown.detail);
  return findings.teardown.detail;
}

function differingLine(before: string, after: string): string | undefined {
  const [old, now] = [new Set(before.split("\n")), new Set(after.split("\n"))];
  return [...now].find((line) => !old.has(line)) ?? [...old].find((line) => !now.has(line));
}

/** Runs a command as the operator; throws its last words when it fails. */
async function operator(lab: Lab, argv: readonly string[]): Promise<string> {
  const outcome = await capture(lab, { argv, timeoutSeconds: 300 });
  if (outcome.code !== 0) throw new Error(`${argv.slice(0, 2).join(" ")} ended ${outcome.code}: ${lastLine(outcome)}`);
  return outcome.stdout;
}

function lastLine({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim());
  return (
    lines.filter((line) => /error|fail|refus|cannot|can't/i.test(line)).at(-1) ?? lines.filter(Boolean).at(-1) ?? ""
  );
}

/** The last words: what was shown, where the report is, and on failure which step, why, and what to do. */
function summary(steps: readonly DemoStep[], findings: Findings): number {
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
      : `failed at "${failed.name}": ${printable(failed.detail)}\nnext: run npx wirewright doctor --lab; run the demo again; if it fails at the same step, report it with ${REPORT_DIR}/report.json`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return failed === undefined ? ExitCode.done : ExitCode.failed;
}
