import type { Load, Reading, ToolOutput } from "../model.ts";

export interface FpingResult {
  /** In sending order, seconds; a lost one is left out. */
  readonly roundTripSeconds: readonly number[];
  readonly sent: number;
  readonly lost: number;
}

/** `-C` prints every round trip, which a summary would hide. The period is the sending schedule, so a slow answer delays nothing. */
export function fpingArguments(
  load: Extract<Load, { tool: "fping" }>,
  target: { readonly address: string; readonly measureSeconds: number },
): string[] {
  const count = Math.max(1, Math.round(target.measureSeconds / load.periodSeconds));
  const period = String(load.periodSeconds * 1000);
  return [
    // -i is the least distance of any two packets; left at its 10 ms it would stretch a shorter period.
    ...["fping", "-q", "-C", String(count), "-p", period, "-i", period],
    ...["-b", String(load.payloadBytes), "-t", "2000", target.address],
  ];
}

/** Reads `fping -q -C N ADDRESS`: one line on standard error, milliseconds, `-` for a lost packet. Exit code 1 only says that some were lost. */
export function parseFping(output: ToolOutput): Reading<FpingResult> {
  if (output.exitCode !== 0 && output.exitCode !== 1)
    return {
      skipped: `fping ended with ${output.exitCode ?? "a signal"}: ${output.stderr.trim().split("\n")[0] || "no message"}`,
    };
  const address = output.argv.at(-1);
  const line = output.stderr.split("\n").find((text) => text.split(" : ")[0]?.trim() === address);
  const words = line?.split(" : ")[1]?.trim().split(/\s+/) ?? [];
  if (words.length === 0 || !words.every((word) => /^(-|\d+(\.\d+)?)$/.test(word)))
    return { skipped: "fping printed no round trips" };
  const answered = words.filter((word) => word !== "-");
  return {
    value: {
      roundTripSeconds: answered.map((word) => Number(word) / 1000),
      sent: words.length,
      lost: words.length - answered.length,
    },
  };
}
