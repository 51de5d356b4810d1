import type { Reading } from "../model.ts";
import { both, chain, map } from "../reading.ts";
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
  readonly daemonRestarted: Reading<boolean>;
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
  const daemon = read("daemon", parseProcess);
  const samplers = read("self", firstNumber);
  const processes = both(read("processes", parseProcesses), samplers);
  return {
    hostBusySeconds: seconds(map(cpu, ([a, b]) => b.busy - a.busy)),
    hostBusyShare: chain(cpu, (pair) => shareOf(pair, (ticks) => ticks.busy)),
    hostStolenShare: chain(cpu, (pair) => shareOf(pair, (ticks) => ticks.stolen)),
    daemonCpuSeconds: seconds(chain(daemon, daemonTicks)),
    daemonRestarted: map(daemon, ([a, b]) => identity(a) !== identity(b)),
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
  return identity(a) === identity(b)
    ? { value: b.own - a.own }
    : { skipped: "the daemon was restarted during the run" };
}

/** A pid alone may be another process by now. */
function identity({ pid, started }: ProcessTicks): string {
  return `${pid} ${started}`;
}

/**
 * A process that ended in between counts only where an ancestor on the same device lives on and has it among its children:
 * with its whole life, of which only the part in the window counts.
 * The two sampling shells and what they start are left out.
 */
function deviceTicks(
  before: readonly ProcessTicks[],
  after: readonly ProcessTicks[],
  samplers: readonly number[],
): number {
  const spent = (process: ProcessTicks) => process.own + process.children;
  const known = new Map(before.map((process) => [process.pid, process]));
  const alive = new Set(after.map(identity));
  const isIncluded = (process: ProcessTicks): boolean => {
    if (alive.has(identity(process))) return true;
    const parent = known.get(process.parent);
    return parent !== undefined && isIncluded(parent);
  };
  const isCounted = ({ pid, parent }: ProcessTicks) => !samplers.includes(pid) && !samplers.includes(parent);
  const sum = (processes: readonly ProcessTicks[]) => processes.reduce((total, process) => total + spent(process), 0);
  return sum(after.filter(isCounted)) - sum(before.filter(isIncluded));
}

function firstNumber(text: string): number | undefined {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
