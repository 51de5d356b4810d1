import type { Reading } from "./model.ts";
import { both, chain, map } from "./reading.ts";
import {
  type CpuTicks,
  type LinkCounters,
  type ProcessTicks,
  parseCpu,
  parsed,
  parseKernel,
  parseKilobytes,
  parseLink,
  parseProcess,
  parseProcesses,
  type Sections,
  section,
} from "./samples.ts";

/** What one machine spent between two samples. */
export interface WindowUse {
  readonly hostBusySeconds: Reading;
  /** Busy share of all processor time, 0..1. */
  readonly hostBusyShare: Reading;
  readonly hostStolenShare: Reading;
  readonly daemonCpuSeconds: Reading;
  /** All processes of the device, without the sampling itself. */
  readonly processesCpuSeconds: Reading;
  readonly link: Reading<LinkCounters>;
  /** How far the wall clock moved against the machine's uptime. */
  readonly clockStepSeconds: Reading;
  /** Growth of one kernel network counter, named as nstat does. */
  readonly kernel: (name: string) => Reading;
}

export function windowUse(before: Sections, after: Sections): WindowUse {
  const read = <T>(name: string, parse: (text: string) => T | undefined) =>
    both(parsed(section(before, name), name, parse), parsed(section(after, name), name, parse));
  const rate = parsed(section(before, "ticks"), "ticks", firstNumber);
  const seconds = (ticks: Reading) => map(both(ticks, rate), ([count, perSecond]) => count / perSecond);
  const cpu = read("cpu", parseCpu);
  const counters = read("kernel", parseKernel);
  const samplers = read("self", firstNumber);
  const processes = both(read("processes", parseProcesses), samplers);
  return {
    hostBusySeconds: seconds(map(cpu, ([a, b]) => b.busy - a.busy)),
    hostBusyShare: chain(cpu, (pair) => shareOf(pair, (ticks) => ticks.busy)),
    hostStolenShare: chain(cpu, (pair) => shareOf(pair, (ticks) => ticks.stolen)),
    daemonCpuSeconds: seconds(chain(read("daemon", parseProcess), daemonTicks)),
    processesCpuSeconds: seconds(map(processes, ([[a, b], own]) => deviceTicks(a, b, own))),
    link: map(read("link", parseLink), ([a, b]) => ({
      receivedBytes: b.receivedBytes - a.receivedBytes,
      sentBytes: b.sentBytes - a.sentBytes,
      errors: b.errors - a.errors,
      drops: b.drops - a.drops,
    })),
    clockStepSeconds: map(both(read("clock", firstNumber), read("uptime", firstNumber)), ([wall, uptime]) =>
      Math.abs(wall[1] - wall[0] - (uptime[1] - uptime[0])),
    ),
    kernel: (name) => map(counters, ([a, b]) => b(name) - a(name)),
  };
}

/** Bytes of memory of the daemon, by three measures, at this sample. */
export function daemonMemory(at: Sections): Readonly<Record<"resident" | "peak" | "proportional", Reading>> {
  const of = (name: string, field: string) =>
    chain(section(at, "daemon"), () => parsed(section(at, name), field, parseKilobytes(field)));
  return {
    resident: of("daemon-status", "VmRSS"),
    peak: of("daemon-status", "VmHWM"),
    proportional: of("daemon-memory", "Pss"),
  };
}

function shareOf([a, b]: readonly [CpuTicks, CpuTicks], part: (ticks: CpuTicks) => number): Reading {
  const whole = b.total - a.total;
  return whole > 0
    ? { value: (part(b) - part(a)) / whole }
    : { skipped: "no processor time passed between the samples" };
}

function daemonTicks([a, b]: readonly [ProcessTicks, ProcessTicks]): Reading {
  return a.pid === b.pid && a.started === b.started
    ? { value: b.own - a.own }
    : { skipped: "the daemon was restarted during the run" };
}

/**
 * A process that ended in between counts only where its parent, on the same device, has reaped it.
 * The two sampling shells and what they start are left out.
 */
function deviceTicks(
  before: readonly ProcessTicks[],
  after: readonly ProcessTicks[],
  samplers: readonly number[],
): number {
  const identity = (process: ProcessTicks) => `${process.pid} ${process.started}`;
  const spent = (process: ProcessTicks) => process.own + process.children;
  const earlier = new Map(before.map((process) => [identity(process), spent(process)]));
  return after
    .filter((process) => !samplers.includes(process.pid) && !samplers.includes(process.parent))
    .map((process) => spent(process) - (earlier.get(identity(process)) ?? 0))
    .reduce((sum, ticks) => sum + ticks, 0);
}

function firstNumber(text: string): number | undefined {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
