import type { ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { collect, type Outcome } from "../../lab/execute.ts";
import { capture, spawnOn } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";

/** A person with a copy of the project and a Pulumi state of their own, at the lab's operator. */
export interface PulumiOperator {
  /** Directory of the file backend. */
  readonly state: string;
  readonly editDomain: (edit: (text: string) => string) => void;
  /** A command in their project, to its end. */
  readonly run: (...argv: readonly string[]) => Promise<Outcome>;
  readonly up: () => Promise<Outcome>;
  /** The same, but it can be killed, with everything that it started. */
  readonly startUp: () => Up;
  /** What a killed run leaves in the state: whether it is locked, and how many operations nobody knows the end of. */
  readonly leftovers: () => { readonly locked: boolean; readonly pending: number };
}

export interface Up {
  readonly outcome: Promise<Outcome>;
  readonly isOver: () => boolean;
  readonly kill: () => Promise<void>;
}

const UP = ["pulumi", "up", "--stack", "router", "--non-interactive", "--yes", "--skip-preview"];
const UP_SECONDS = 200;

/** The lab's own operator has no `copy`; any other one gets a copy of the project as it is now, and an empty state. */
export function pulumiOperator(lab: Lab, copy?: string): PulumiOperator {
  const [project, state] = ["project", "pulumi-state"].map((name) => join(lab.dir, `${name}${copy ?? ""}`)) as [
    string,
    string,
  ];
  if (copy !== undefined) {
    cpSync(join(lab.dir, "project"), project, { recursive: true, verbatimSymlinks: true });
    mkdirSync(state, { mode: 0o700 });
  }
  const own = (argv: readonly string[]) => ["env", `--chdir=${project}`, `PULUMI_BACKEND_URL=file://${state}`, ...argv];
  const run = (...argv: readonly string[]) => capture(lab, { argv: own(argv), timeoutSeconds: UP_SECONDS });
  const domain = join(project, "domain.example.yaml");
  return {
    state,
    editDomain: (edit) => writeFileSync(domain, edit(readFileSync(domain, "utf8"))),
    run,
    up: () => run(...UP),
    startUp() {
      const child = spawnOn(lab, "operator", own(UP));
      const outcome = collect(child, { timeoutSeconds: UP_SECONDS }, () => child.kill("SIGKILL"));
      const isOver = () => child.exitCode !== null || child.signalCode !== null;
      return { outcome, isOver, kill: () => killTree(child) };
    },
    leftovers() {
      const files = readdirSync(state, { recursive: true, encoding: "utf8" });
      const { checkpoint } = JSON.parse(readFileSync(join(state, ".pulumi/stacks/wirewright/router.json"), "utf8"));
      return {
        locked: files.some((file) => /^\.pulumi\/locks\/.*\.json$/.test(file)),
        pending: checkpoint.latest.pending_operations?.length ?? 0,
      };
    },
  };
}

/** At one moment: none of them may see another one die and still do something. */
async function killTree({ pid }: ChildProcess): Promise<void> {
  const doomed = new Set<number>();
  for (let before = -1; before < doomed.size; ) {
    before = doomed.size;
    for (const one of below(pid ?? 0)) {
      if (!doomed.has(one)) signal(one, "SIGSTOP"); // what is stopped starts nothing more
      doomed.add(one);
    }
  }
  for (const one of doomed) signal(one, "SIGKILL");
  while ([...doomed].some((one) => statOf(one) !== undefined && statOf(one)?.state !== "Z")) await sleep(5);
}

/** A process and all that came from it, as long as their parents live. */
function below(root: number): readonly number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parents = new Map(all.map((name) => [Number(name), statOf(Number(name))?.parent]));
  const found = [root];
  for (const one of found) for (const [pid, parent] of parents) if (parent === one) found.push(pid);
  return found.filter((one) => statOf(one) !== undefined);
}

/** Of proc_pid_stat(5); the second field may hold spaces and brackets. */
function statOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended already
  }
}
