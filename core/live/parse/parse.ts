import type { LiveDevice, LiveInterface } from "../types.ts";
import { type BlockFault, readBlock } from "./block.ts";
import { word } from "./fields.ts";
import { finishInterface } from "./finish-interface.ts";
import { deviceLines, emptyDevice } from "./parse-device.ts";
import { emptyInterface, interfaceLines } from "./parse-interface.ts";

export type ParsedProbe =
  | { readonly device: LiveDevice; readonly fault?: never }
  | { readonly device?: never; readonly fault: string };

/** 65,536 peers, the most that a userspace implementation takes, are about 13 MB. */
const MOST_CHARACTERS = 32 * 1024 * 1024;
const MOST_LINE_CHARACTERS = 64 * 1024;
const HEADER = "wirewright-probe 1";
const END = /^end (0|[1-9][0-9]{0,7})$/;
/** The next step when a device says something odd. */
export const BY_HAND = "log in by hand and see what the device prints, then try again";

/**
 * Reads the whole answer of `wgctl probe`, or nothing of it: a device's text is not trusted, and half an answer would
 * read as "everything is gone". The fault is one sentence with the next step.
 */
export function parseProbe(text: string): ParsedProbe {
  if (text.trim() === "") return { fault: `the device's answer to the probe is empty; ${BY_HAND}` };
  if (text.length > MOST_CHARACTERS) return { fault: `the device's answer to the probe is over 32 MB; ${BY_HAND}` };
  const lines = text.split("\n");
  const fault = frameFault(lines);
  return fault === undefined ? readBlocks(lines.slice(1, -2)) : { fault };
}

/** Alphabet, first line, and the last line, which proves that nothing is missing. */
function frameFault(lines: readonly string[]): string | undefined {
  const odd = lines.findIndex((line) => line.length > MOST_LINE_CHARACTERS || !/^[ -~]*$/.test(line));
  if (odd >= 0) return `line ${odd + 1} of the probe's answer is too long or not plain text; ${BY_HAND}`;
  if (lines[0] !== HEADER) return `the device answered ${quote(lines[0])} instead of a probe; ${BY_HAND}`;
  const count = lines.length - 2;
  const end = lines.at(-1) === "" ? END.exec(lines[count] ?? "") : null;
  if (end === null) return `the probe's answer breaks off before its end, after ${count + 1} lines; try again`;
  if (Number(end[1]) === count) return undefined;
  return `the probe's answer has ${count} lines and its end says ${end[1]}, so some were lost on the way; try again`;
}

/** `lines` start at line 2 of the answer: first the device's own, then a block for each interface. */
function readBlocks(lines: readonly string[]): ParsedProbe {
  const starts = lines.flatMap((line, i) => (line.startsWith("interface ") ? [i] : []));
  const device = emptyDevice();
  const fault = readBlock(deviceLines, lines.slice(0, starts[0]), device);
  if (fault !== undefined) return blockFault(lines, 0, fault);
  const interfaces = new Map<string, LiveInterface>();
  for (const [n, start] of starts.entries()) {
    const name = word(lines[start]?.slice("interface ".length), 15);
    if (name === undefined || interfaces.has(name)) return notUnderstood(lines, start);
    const draft = emptyInterface();
    const fault = readBlock(interfaceLines, lines.slice(start + 1, starts[n + 1]), draft);
    if (fault !== undefined) return blockFault(lines, start + 1, fault);
    const live = finishInterface(name, draft);
    if ("lacks" in live) return { fault: `the probe's answer lacks ${live.lacks} of ${name}; ${BY_HAND}` };
    interfaces.set(name, live);
  }
  return { device: { ...device, interfaces } };
}

function blockFault(lines: readonly string[], start: number, fault: BlockFault): ParsedProbe {
  if ("line" in fault) return notUnderstood(lines, start + fault.line);
  return { fault: `the probe's answer lacks its ${fault.missing} line; ${BY_HAND}` };
}

function notUnderstood(lines: readonly string[], index: number): ParsedProbe {
  return { fault: `line ${index + 2} of the probe's answer is not understood: ${quote(lines[index])}; ${BY_HAND}` };
}

/** Only for lines whose alphabet was checked: a device must not steer a terminal. */
function quote(line = ""): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
}
