import type { BenchRecord } from "../../bench/model.ts";
import type { DemoDrift, DemoExpectation, DemoReport } from "../../bench/report/demo-report.ts";
import { down } from "../../lab/down.ts";
import type { Outcome } from "../../lab/execute.ts";
import type { Process } from "../../lab/namespaces/processes.ts";
import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";
import { up } from "../../lab/up.ts";
import { operator } from "../operator.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { StepRunner } from "./steps.ts";

const STACKS = ["router", "nas"] as const;
/** What a hand on the router does: a client is gone, and the link has another MTU. */
const BREAK = 'wg set wg0 peer "$(wg show wg0 peers | head -n 1)" remove; ip link set wg0 mtu 1337';

export interface Findings {
  readonly expectations: DemoExpectation[];
  readonly drift: DemoDrift[];
  readonly runs: BenchRecord[];
  teardown: DemoReport["teardown"];
}

/** Where the story plays, what it finds, and what ends it early. */
export interface Stage {
  readonly lab: Lab;
  /** Whose the lab is. */
  readonly owner: Process;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

type Say = (text: string) => void;

/** The main job on a fresh lab, step by step. Throws what the first failing step throws. */
export async function story(stage: Stage, step: StepRunner["step"]): Promise<void> {
  const { lab, owner } = stage;
  await step("bring a fresh lab up", async (say) => {
    await down(lab, { owner });
    const remarks = await up(lab, { onStep: say, owner });
    return ["router, NAS, LAN, cameras, internet, operator", ...remarks].join("; ");
  });
  const before = await step("fingerprint the NAS before anything is deployed", async () => ({
    detail: "links, addresses, routes, rules, nft, sysctls, files, processes",
    value: await fingerprintOf(lab, "nas"),
  }));
  for (const stack of STACKS) {
    await step(`pulumi preview and up, stack ${stack}`, (say) => deploy(stage, stack, say));
  }
  await step("prove every expect line with packets", (say) => prove(stage, say));
  await step("break the router by hand; preview finds it, up repairs it", (say) => breakAndRepair(stage, say));
  await step("measure wg0, wg1 and wg3 briefly", (say) => measure(stage, say));
  await step("destroy stack nas; nothing of it is left, the router did not notice", (say) =>
    destroy(stage, before, say),
  );
}

async function deploy(stage: Stage, stack: string, say: Say): Promise<string> {
  await pulumi(stage, ["stack", "select", "--create", stack]);
  say("preview");
  await pulumi(stage, ["preview", "--stack", stack]);
  say("up");
  const { stdout } = await pulumi(stage, ["up", "--yes", "--skip-preview", "--stack", stack]);
  say("preview again, expecting no changes");
  await pulumi(stage, ["preview", "--stack", stack, "--expect-no-changes"]);
  const created = /\+ (\d+) created/.exec(stdout)?.[1] ?? "?";
  return `${created} resources created; the next preview is empty`;
}

async function prove({ lab, findings, signal }: Stage, say: Say): Promise<string> {
  const { verifyExpectations } = await import("../verify/expectations.ts");
  for (const stack of STACKS) {
    const onResult = (one: DemoExpectation) => say(`${one.from} to ${one.to}`);
    const results = await verifyExpectations({ lab, stack, onResult, signal });
    findings.expectations.push(...results);
    const wrong = results.find((one) => one.outcome === "disagrees" || one.outcome === "unclear");
    if (wrong)
      throw new Error(`${wrong.from} to ${wrong.to} ${wrong.port}: expected ${wrong.verdict}, ${wrong.detail}`);
  }
  const proven = findings.expectations.filter((one) => one.outcome === "agrees").length;
  const whyNot = [...new Set(findings.expectations.filter((one) => one.outcome === "paper").map((one) => one.detail))];
  const rest = whyNot.length === 0 ? "" : `; the rest on paper only: ${whyNot.join("; ")}`;
  return `${proven} of ${findings.expectations.length} proven with packets${rest}`;
}

async function breakAndRepair(stage: Stage, say: Say): Promise<string> {
  const { lab, findings } = stage;
  const { code } = await capture(lab, { on: "router", argv: ["sh", "-c", BREAK] });
  if (code !== 0) throw new Error("the router could not be broken by hand");
  say("preview, expecting to find it");
  await pulumi(stage, ["preview", "--stack", "router", "--expect-no-changes", "--diff"], [7]);
  const found = await statusOf(lab);
  say("up, then preview again");
  await pulumi(stage, ["up", "--yes", "--skip-preview", "--stack", "router"]);
  await pulumi(stage, ["preview", "--stack", "router", "--expect-no-changes"]);
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

async function measure({ lab, findings, signal }: Stage, say: Say): Promise<string> {
  const { benchRun } = await import("../bench.ts");
  for (const [stack, name] of [
    ["router", "wg0"],
    ["nas", "wg1"],
    ["nas", "wg3"],
  ] as const) {
    signal.throwIfAborted();
    say(`${stack}/${name}`);
    const session = await benchRun({ lab: lab.name, stack, interfaces: [name], seconds: 2, onStep: say, signal });
    findings.runs.push(session);
    signal.throwIfAborted();
    const reason = session.runs.flatMap(({ stages }) => stages).find((stage) => stage.status === "failed");
    if (reason !== undefined) throw new Error(`${stack}/${name}: ${reason.stage} failed: ${reason.detail}`);
  }
  return `${findings.runs.length} tunnels; single runs, so no comparison`;
}

async function destroy(stage: Stage, before: string, say: Say): Promise<string> {
  const { lab, findings } = stage;
  const production = await fingerprintOf(lab, "router");
  await pulumi(stage, ["destroy", "--yes", "--skip-preview", "--stack", "nas"]);
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

function pulumi({ lab, signal }: Stage, args: readonly string[], expected = [0]): Promise<Outcome> {
  return operator(lab, ["pulumi", ...args, "--non-interactive"], { expected, signal });
}
