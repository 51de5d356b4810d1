import type { Problem } from "../domain/problem.ts";
import { SERVER_HOST } from "./numbering.ts";
import type { Lock } from "./types.ts";

const HEADER =
  "# Host numbers of the clients, kept by `wirewright lock` and `pulumi up`. Belongs under version control.";
const ENTRY = /^ {2}((?:[a-z0-9][a-z0-9-]{0,30}\/){2}[a-z0-9][a-z0-9-]{0,30}): ([1-9][0-9]{0,15})$/;
const SECTION = /^(hosts|released):( \{\})?$/;
const SECTIONS = ["hosts", "released"] as const;
const FIRST_CLIENT = SERVER_HOST + 1;
const MAXIMUM_LENGTH = 4 * 1024 * 1024;
/** A file that is no lock at all is wrong in every line. */
const MAXIMUM_PROBLEMS = 20;
const RESTORE = "restore it from version control, or delete it and run wirewright lock (clients may then move)";
const RENUMBER = "delete this line and run wirewright lock";
const IF_NONE = `if nothing belongs there; else ${RESTORE}`;
const CHOOSE = "delete the line of the newer client and run wirewright lock";

export const emptyLock: Lock = { hosts: new Map(), released: new Map() };

/** A small subset of YAML, always written the same way and a line per client, so that branches merge. */
export function formatLock(lock: Lock): string {
  const lines = (name: Section): string[] => {
    const entries = [...lock[name]].sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0
      ? [`${name}: {}`]
      : [`${name}:`, ...entries.map(([path, host]) => `  ${path}: ${host}`)];
  };
  return `${[HEADER, "version: 1", ...SECTIONS.flatMap(lines)].join("\n")}\n`;
}

/**
 * Reads what `formatLock` writes, and comments and blank lines. What was cut is no lock: clients would move. The file
 * comes from version control and so from anybody: with any problem the lock is empty.
 */
export function parseLock(text: string): { readonly lock: Lock; readonly problems: readonly Problem[] } {
  if (text.length > MAXIMUM_LENGTH) {
    return { lock: emptyLock, problems: [fault("file-too-large", "is larger than 4 MiB", RESTORE)] };
  }
  if (text.trim() === "") return { lock: emptyLock, problems: [fault("lock-cut", "is empty", RESTORE)] };
  const lock = { hosts: new Map<string, number>(), released: new Map<string, number>() };
  const reader: Reader = { ...lock, holders: new Map(), headings: new Map(), section: undefined, version: false };
  const problems: Problem[] = [];
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  for (const [i, line] of lines.entries()) {
    const number = i + 1;
    const found = readLine(reader, (line.split("#", 1)[0] ?? "").trimEnd(), number);
    if (found !== undefined) problems.push({ ...found, line: number });
    if (problems.length >= MAXIMUM_PROBLEMS) break;
  }
  if (!reader.version) problems.unshift(fault("lock-version", "does not say version: 1", RESTORE));
  // A line that can't be read may be the entry that is missing.
  if (problems.length === 0) problems.push(...cuts(reader));
  return problems.length > 0 ? { lock: emptyLock, problems } : { lock, problems };
}

type Section = (typeof SECTIONS)[number];

interface Reader {
  readonly hosts: Map<string, number>;
  readonly released: Map<string, number>;
  /** Interface and number to the client that has it. */
  readonly holders: Map<string, string>;
  /** Line of each heading that something has to follow, and 0 of one that says `{}`. */
  readonly headings: Map<Section, number>;
  section: Section | undefined;
  version: boolean;
}

/** Takes in one line, or says what is wrong with it. */
function readLine(reader: Reader, line: string, number: number): Problem | undefined {
  const [, heading, nothing] = SECTION.exec(line) ?? [];
  if (heading !== undefined) {
    reader.section = heading === "hosts" ? "hosts" : "released";
    reader.headings.set(reader.section, nothing === undefined ? number : 0);
  } else if (line === "version: 1") reader.version = true;
  else if (line !== "") return readEntry(reader, line);
  return undefined;
}

/** What `formatLock` never leaves out. */
function cuts({ headings, ...entries }: Reader): Problem[] {
  return SECTIONS.flatMap((section) => {
    const line = headings.get(section);
    if (line === undefined)
      return [fault("lock-cut", `has no \`${section}:\``, `write \`${section}: {}\`, ${IF_NONE}`)];
    if (line === 0 || entries[section].size > 0) return [];
    return [{ ...fault("lock-cut", `has nothing behind \`${section}:\``, `write {} there, ${IF_NONE}`), line }];
  });
}

function readEntry(reader: Reader, line: string): Problem | undefined {
  const [, path, digits] = ENTRY.exec(line) ?? [];
  if (path === undefined || reader.section === undefined) {
    return fault("lock-syntax", "has a line that is not `path: number`", RESTORE);
  }
  const host = Number(digits);
  if (host < FIRST_CLIENT || !Number.isSafeInteger(host)) {
    return fault("lock-range", `gives ${path} number ${digits}, which no client can have`, RENUMBER, path);
  }
  const place = `${path.slice(0, path.lastIndexOf("/"))} ${host}`;
  const holder = reader.holders.get(place);
  if (holder !== undefined) {
    return fault("lock-duplicate", `gives ${path} number ${host}, which ${holder} has`, CHOOSE, path);
  }
  // Once in each section: a client that holds one number may have left another.
  if (reader[reader.section].has(path)) {
    return fault("lock-duplicate", `names ${path} twice`, "delete one of the two lines", path);
  }
  reader.holders.set(place, path);
  reader[reader.section].set(path, host);
  return undefined;
}

function fault(code: string, found: string, hint: string, path = ""): Problem {
  return { code, path, line: 1, column: 1, message: `the lock file ${found}`, hint };
}
