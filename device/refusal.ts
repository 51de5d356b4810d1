import { checkCommand } from "./protocol.ts";
import { runOverSsh } from "./ssh.ts";
import { plain } from "./ssh-failure.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** The helper stops itself before. */
const TIMEOUT_SECONDS = 150;
/** It was stopped, so it has refused nothing. */
const STOPPED: readonly number[] = [124, 143];
const MAX_OUTPUT_BYTES = 64 * 1024;

/** Why an apply of this document would be refused, as one sentence with the next step; undefined when it would not be. */
export async function askRefusal(
  settings: SshSettings,
  change: {
    readonly interfaceName: string;
    readonly revision: string;
    readonly confirmSeconds: number;
    /** Holds keys: it travels on stdin. */
    readonly document: string;
  },
): Promise<string | undefined> {
  const { interfaceName, revision, confirmSeconds, document } = change;
  const result = await runOverSsh(settings, {
    command: checkCommand(interfaceName, revision, confirmSeconds, settings.user),
    stdin: document,
    timeoutSeconds: TIMEOUT_SECONDS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  if (result.fault !== undefined) return result.fault;
  return result.exitCode === 0 || STOPPED.includes(result.exitCode) ? undefined : describeRefusal(result);
}

/** By the helper's own line; other tools have none that is for sure. */
export function describeRefusal({ stderr, exitCode }: { readonly stderr: string; readonly exitCode: number }): string {
  const own = stderr.split("\n").find((line) => line.startsWith("wgctl: "));
  return own === undefined
    ? `the check on the device ended with exit code ${exitCode}; log in by hand and see why`
    : plain(own.slice("wgctl: ".length));
}
