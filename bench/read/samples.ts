import { isRecord, numberAt } from "../json.ts";
import type { Reading } from "../model.ts";
import { chain, orSkip } from "../reading.ts";

/** Section name to its lines, or why it is empty. */
export type Sections = ReadonlyMap<string, Reading<string>>;

/** Reads the output of `SAMPLE_SCRIPT`; undefined when its end is missing. */
export function parseSections(text: string): Sections | undefined {
  const parts = text.split(/^== (.*)\n/m).slice(1);
  const sections = new Map<string, Reading<string>>();
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const body = parts[i + 1] ?? "";
    const excuse = body.match(/^!! (.*)$/m)?.[1];
    sections.set(parts[i] ?? "", excuse === undefined ? { value: body } : { skipped: excuse });
  }
  return sections.has("end") ? sections : undefined;
}

export function section(sections: Sections, name: string): Reading<string> {
  return sections.get(name) ?? { skipped: `the sample has no section ${name}` };
}

/** Applies a parser to a reading; a text that it can't read is skipped with the section's name. */
export function parsed<T>(text: Reading<string>, name: string, parse: (text: string) => T | undefined): Reading<T> {
  return chain(text, (found) => orSkip(parse(found), `could not read ${name}`));
}

export interface CpuTicks {
  readonly busy: number;
  readonly stolen: number;
  readonly total: number;
}

/** The `cpu ` line of /proc/stat, proc(5): user nice system idle iowait irq softirq steal; guest time is already inside user. */
export function parseCpu(text: string): CpuTicks | undefined {
  const fields = text
    .match(/^cpu +([\d ]+)$/m)?.[1]
    ?.trim()
    .split(/\s+/)
    .map(Number);
  if (fields === undefined || fields.length < 8) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, stolen = 0] = fields;
  const busy = user + nice + system + irq + softirq;
  return { busy, stolen, total: busy + idle + iowait + stolen };
}

export interface ProcessTicks {
  readonly pid: number;
  readonly parent: number;
  /** Its own user and system time. */
  readonly own: number;
  /** That of its ended and reaped children. */
  readonly children: number;
  /** Ticks after boot; with the pid it tells two processes apart. */
  readonly started: number;
}

/**
 * One line of /proc/PID/stat, proc(5): the name in brackets may hold spaces and brackets, so fields count from the last bracket.
 * Fields 4 parent, 14 and 15 own time, 16 and 17 that of children, 22 start.
 */
export function parseProcess(line: string): ProcessTicks | undefined {
  const fields = line
    .slice(line.lastIndexOf(")") + 2)
    .trim()
    .split(" ")
    .map(Number);
  const field = (number: number) => fields[number - 3] ?? Number.NaN;
  const process = {
    pid: Number(line.match(/^(\d+) \(/)?.[1]),
    parent: field(4),
    own: field(14) + field(15),
    children: field(16) + field(17),
    started: field(22),
  };
  return Object.values(process).every(Number.isFinite) ? process : undefined;
}

export function parseProcesses(text: string): ProcessTicks[] | undefined {
  const lines = text.split("\n").filter((line) => line !== "");
  const all = lines.map(parseProcess).filter((process) => process !== undefined);
  return all.length === 0 ? undefined : all;
}

/** A `Name:   123 kB` line of /proc/PID/status or smaps_rollup, in bytes. */
export function parseKilobytes(name: string): (text: string) => number | undefined {
  return (text) => {
    const found = text.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m"))?.[1];
    return found === undefined ? undefined : Number(found) * 1024;
  };
}

export interface LinkCounters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly errors: number;
  readonly drops: number;
}

/** `ip -s -s -j link show dev X`. */
export function parseLink(text: string): LinkCounters | undefined {
  const stats = firstOf(parseJson(text));
  const pick = (direction: string, name: string) => numberAt(stats, "stats64", direction, name);
  const [received, sent] = [pick("rx", "bytes"), pick("tx", "bytes")];
  if (received === undefined || sent === undefined) return undefined;
  return {
    receivedBytes: received,
    sentBytes: sent,
    errors: (pick("rx", "errors") ?? 0) + (pick("tx", "errors") ?? 0),
    drops: (pick("rx", "dropped") ?? 0) + (pick("tx", "dropped") ?? 0),
  };
}

/** `nstat -asj`: a counter that is zero is left out, so a missing name is 0 here. */
export function parseKernel(text: string): ((name: string) => number) | undefined {
  const document = parseJson(text);
  const counters = isRecord(document) ? document.kernel : undefined;
  return isRecord(counters) ? (name) => numberAt(counters, name) ?? 0 : undefined;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? (value as readonly unknown[])[0] : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
