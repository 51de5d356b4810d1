import type { LiveDevice } from "../types.ts";
import { type LineReader, type LineReaders, scalar } from "./block.ts";
import { hex, integer, orNone, word } from "./fields.ts";

export type DeviceDraft = {
  -readonly [K in keyof Omit<LiveDevice, "tools" | "others" | "interfaces">]: LiveDevice[K];
} & {
  readonly tools: Set<string>;
  readonly others: string[];
};

const BOOT_STATES = ["ok", "missing", "changed", "masked", "idle"] as const;

export function emptyDevice(): DeviceDraft {
  return { clockSeconds: 0, boot: { kind: "none", state: "missing" }, others: [], tools: new Set() };
}

const helper: LineReader<DeviceDraft> = {
  count: "required",
  read(draft, fields) {
    const [sumText, revisionText = "-"] = fields;
    const sha256 = orNone(sumText, (text) => hex(text, 64));
    const revision = orNone(revisionText, (text) => hex(text, 16));
    if (sha256 === undefined || revision === undefined || fields.length > 2) return false;
    if (sha256 !== "") draft.helper = sha256;
    if (revision !== "") draft.helperRevision = revision;
    return true;
  },
};

const boot: LineReader<DeviceDraft> = {
  count: "required",
  read(draft, fields) {
    const kind = word(fields[0]);
    const state = BOOT_STATES.find((known) => known === fields[1]);
    if (kind === undefined || state === undefined || fields.length > 2) return false;
    draft.boot = { kind, state };
    return true;
  },
};

const DIRECTORY_STATES = ["closed", "open", "link"] as const;

/** Family, table, chain, hook and number of new rules of a base chain. The helper prints at most 50. */
const other: LineReader<DeviceDraft> = {
  count: "repeats",
  read(draft, fields, rest) {
    if (fields.length !== 5 || draft.others.includes(rest) || !fields.every((field) => /^[!-~]{1,256}$/.test(field)))
      return false;
    draft.others.push(rest);
    return draft.others.length <= 50;
  },
};

/** A name and its version, `-` when it is missing. Which version it is, nothing depends on. */
const tool: LineReader<DeviceDraft> = {
  count: "repeats",
  read(draft, [nameText], rest) {
    const name = word(nameText);
    const version = name && rest.slice(name.length + 1);
    if (name === undefined || !version || version.length > 200 || draft.tools.has(name)) return false;
    if (version !== "-") draft.tools.add(name);
    return true;
  },
};

/** The device interface that leads back to the person who asked; `-` when that can't be told. */
const way: LineReader<DeviceDraft> = {
  read(draft, fields) {
    const name = orNone(fields[0], word);
    if (name === undefined || fields.length > 1) return false;
    if (name !== "") draft.way = name;
    return true;
  },
};

const seconds = (text: string): number | undefined => integer(text, Number.MAX_SAFE_INTEGER);

export const deviceLines: LineReaders<DeviceDraft> = new Map([
  // For a person; nothing is judged by it.
  ["uptime", { count: "required", read: (_draft, _fields, rest) => seconds(rest) !== undefined }],
  ["clock", { ...scalar<DeviceDraft, "clockSeconds">("clockSeconds", seconds), count: "required" }],
  ["helper", helper],
  ["boot", boot],
  [
    "directory",
    scalar<DeviceDraft, "directory">("directory", (text) => DIRECTORY_STATES.find((known) => known === text)),
  ],
  ["other", other],
  ["way", way],
  ["tool", tool],
]);
