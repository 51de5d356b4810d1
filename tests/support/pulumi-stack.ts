import type { Outcome } from "../../lab/execute.ts";
import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";

/** One stack of a lab's project, by the operator's Pulumi. */
export interface PulumiStack {
  /** Without a look before it; throws what Pulumi said when it fails. */
  readonly change: (verb: "up" | "destroy") => Promise<void>;
  /** Ends with 7 when something differs. */
  readonly preview: () => Promise<Outcome>;
}

export function pulumiStack(lab: Lab, stack: string, timeoutSeconds: number): PulumiStack {
  const pulumi = (verb: string, ...options: readonly string[]) =>
    capture(lab, { argv: ["pulumi", verb, "--stack", stack, "--non-interactive", ...options], timeoutSeconds });
  return {
    async change(verb) {
      const { code, stdout, stderr } = await pulumi(verb, "--yes", "--skip-preview");
      if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
    },
    preview: () => pulumi("preview", "--expect-no-changes", "--diff"),
  };
}
