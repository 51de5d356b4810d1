import { probeCommand } from "./protocol.ts";
import { runOverSsh } from "./ssh.ts";
import { plain } from "./ssh-failure.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** The helper bounds each of its tools; this is for all of them and the way there. */
const TIMEOUT_SECONDS = 60;
/** 65,536 peers are about 13 MB. */
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

export type ProbeAnswer =
  | { readonly text: string; readonly fault?: never }
  | { readonly text?: never; readonly fault: string };

/**
 * Asks a device what it is, with the operator's own copy of the helper, so that a device without it, or with another,
 * answers as well. The text is the device's and not yet checked; a fault is one sentence with the next step.
 */
export async function probeDevice(request: {
  readonly settings: SshSettings;
  /** Told in the answer even when nothing of ours is there. */
  readonly interfaces: readonly string[];
  /** 32 hex digits, new in each run: pre-shared keys come back only as hashes with it. */
  readonly salt: string;
  readonly helperText: string;
}): Promise<ProbeAnswer> {
  const { settings, interfaces, salt, helperText } = request;
  const result = await runOverSsh(settings, {
    command: probeCommand(salt, interfaces),
    stdin: helperText,
    timeoutSeconds: TIMEOUT_SECONDS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  if (result.fault !== undefined) return { fault: result.fault };
  return result.exitCode === 0 ? { text: result.stdout } : { fault: describeExit(result, settings) };
}

/** Why a probe that ran failed: the helper says it in one line itself, and other tools in their last. */
export function describeExit(
  result: { readonly stderr: string; readonly exitCode: number },
  { host, user }: Pick<SshSettings, "host" | "user">,
): string {
  const where = `the probe of ${host}`;
  if (/^sudo: /m.test(result.stderr)) {
    return `${where} needs root and ${user} can't run sudo without a password; allow it, or set wirewright:sshUser to root`;
  }
  const lines = result.stderr.split("\n").filter((line) => line.trim() !== "");
  const own = lines.findLast((line) => line.startsWith("wgctl: "))?.slice("wgctl: ".length);
  if (own !== undefined) return `${where} failed: ${plain(own)}`;
  const last = lines.at(-1);
  const how = last === undefined ? ` with exit code ${result.exitCode} and no message` : `: ${plain(last)}`;
  return `${where} failed${how}; log in by hand and see why`;
}
