import { isRecord, numberAt, textAt } from "../json.ts";
import type { Load, Reading, ToolOutput } from "../model.ts";

export interface Iperf3Result {
  /** What the receiver got, after the warm-up. */
  readonly receivedBytes: number;
  readonly receivedSeconds: number;
  /** What crossed while the program ran, warm-up included: the bytes that the CPU of the whole window paid for. */
  readonly windowBytes: number;
  /** Of the sender, after the warm-up. */
  readonly retransmits: Reading;
  readonly intervals: readonly Iperf3Interval[];
}

export interface Iperf3Interval {
  /** Seconds since the program's own start of measuring; the warm-up counts from its own start. */
  readonly startSeconds: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly warmup: boolean;
}

/** Arguments of the measuring end. `-i` is part of the raw record, so that later statistics can look inside a run. */
export function iperf3Arguments(
  load: Extract<Load, { tool: "iperf3" }>,
  target: {
    readonly address: string;
    readonly port: number;
    readonly warmupSeconds: number;
    readonly measureSeconds: number;
  },
): string[] {
  return [
    ...["iperf3", "--client", target.address, "--port", String(target.port), "--json"],
    ...["--time", String(target.measureSeconds), "--omit", String(target.warmupSeconds)],
    ...["--interval", String(load.intervalSeconds), "--parallel", String(load.streams), "--connect-timeout", "10000"],
    ...(load.direction === "server-to-client" ? ["--reverse"] : []),
  ];
}

/**
 * Reads `iperf3 --json`. The program ends with exit code 0 on some errors, and prints half a result before others,
 * so `error` decides whatever the exit code and whatever else is there.
 */
export function parseIperf3(output: ToolOutput): Reading<Iperf3Result> {
  const document = parseDocument(output.stdout);
  const error = textAt(document, "error");
  if (error !== undefined) return { skipped: `iperf3: ${error}` };
  if (output.exitCode !== 0)
    return { skipped: `iperf3 ended with ${output.exitCode ?? "a signal"}: ${firstLine(output.stderr)}` };
  const receivedBytes = numberAt(document, "end", "sum_received", "bytes");
  const receivedSeconds = numberAt(document, "end", "sum_received", "seconds");
  const intervals = parseIntervals(document);
  if (receivedBytes === undefined || receivedSeconds === undefined || !(receivedSeconds > 0) || intervals.length === 0)
    return { skipped: "iperf3 printed no usable result" };
  const retransmits = numberAt(document, "end", "sum_sent", "retransmits");
  return {
    value: {
      receivedBytes,
      receivedSeconds,
      windowBytes: intervals.reduce((sum, interval) => sum + interval.bytes, 0),
      retransmits: retransmits === undefined ? { skipped: "iperf3 reports none here" } : { value: retransmits },
      intervals,
    },
  };
}

function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseIntervals(document: unknown): Iperf3Interval[] {
  const list = isRecord(document) ? document.intervals : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    const bytes = numberAt(entry, "sum", "bytes");
    const seconds = numberAt(entry, "sum", "seconds");
    const startSeconds = numberAt(entry, "sum", "start");
    if (bytes === undefined || seconds === undefined || startSeconds === undefined) return [];
    const sum = isRecord(entry) && isRecord(entry.sum) ? entry.sum : {};
    return [{ startSeconds, seconds, bytes, warmup: sum.omitted === true }];
  });
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] || "no message";
}
