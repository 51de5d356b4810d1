import type { Problem } from "./problem.ts";
import { mayBeSecret } from "./text/quote.ts";
import type { Position } from "./types.ts";

/** Keys and list indexes from the root of the file to a value. */
export type Path = readonly (string | number)[];

/** Where a value and its key stand, as offsets, and the same for what is inside it. */
export interface Place {
  readonly start: number;
  readonly keyStart: number;
  readonly children: Map<string | number, Place>;
  /** Something here was refused before its shape was looked at; more complaints about it would only mislead. */
  readonly refused: boolean;
}

/** Collects problems and knows where everything is. */
export interface Report {
  readonly add: (fault: Fault) => void;
  readonly position: (path: Path, part?: "key" | "value") => Position;
  /** The keys of the mapping at this path, faulty ones too; undefined when there is no telling. */
  readonly names: (path: Path) => ReadonlySet<string> | undefined;
  readonly problems: readonly Problem[];
  /** The path of each problem. */
  readonly faulty: readonly Path[];
}

export interface Fault {
  readonly code: string;
  readonly path: Path;
  /** Which token is at fault: the value (default) or the key that names it. */
  readonly part?: "key" | "value";
  readonly message: string;
  readonly hint?: string | undefined;
}

export function reportOn(root: Place, positionAt: (offset: number) => Position): Report {
  const problems: Problem[] = [];
  const faulty: Path[] = [];
  /** Places of the wrong type, or with a key that is not known: what seems to be missing may be that one, misspelt. */
  const doubtful = new Set<Place>();
  /** Formatted paths of what was reported as missing. */
  const missing = new Set<string>();
  const position: Report["position"] = (path, part = "value") => {
    const place = placeOf(root, path);
    if (place.depth < path.length) return positionAt(place.place.keyStart);
    return positionAt(part === "key" ? place.place.keyStart : place.place.start);
  };
  return {
    problems,
    faulty,
    position,
    names: (path) => {
      if (isRefused(root, path)) return undefined;
      const { place, depth } = placeOf(root, path);
      if (doubtful.has(place)) return undefined;
      if (depth === path.length) return namesIn(place);
      return missing.has(formatPath(path.slice(0, depth + 1))) ? undefined : NONE;
    },
    add: ({ code, path, part, message, hint }) => {
      if (isRefused(root, path)) return;
      if (code === "missing-key") missing.add(formatPath(path));
      if (code === "wrong-type") doubtful.add(placeOf(root, path).place);
      if (code === "unknown-key") doubtful.add(placeOf(root, path.slice(0, -1)).place);
      const at = position(path, part);
      faulty.push(path);
      problems.push({ code, path: formatPath(path), ...at, message, ...(hint === undefined ? {} : { hint }) });
    },
  };
}

const NONE: ReadonlySet<string> = new Set();
const named = new WeakMap<Place, ReadonlySet<string> | undefined>();

/** Kept, because every reference asks. A list has no names, so what was meant by it can't be told. */
function namesIn(place: Place): ReadonlySet<string> | undefined {
  if (!named.has(place)) {
    const names = [...place.children.keys()];
    named.set(place, names.every((name) => typeof name === "string") ? new Set(names) : undefined);
  }
  return named.get(place);
}

/** The deepest place on the way: what is missing is reported at the key of what it is missing from. */
function placeOf(root: Place, path: Path): { readonly place: Place; readonly depth: number } {
  let place = root;
  for (const [depth, step] of path.entries()) {
    const child = place.children.get(step);
    if (child === undefined) return { place, depth };
    place = child;
  }
  return { place, depth: path.length };
}

function isRefused(root: Place, path: Path): boolean {
  let place: Place | undefined = root;
  for (const step of path) {
    if (place?.refused) return true;
    place = place?.children.get(step);
  }
  return place?.refused ?? false;
}

/** `bindings[0].clients.laptop`; a step that may be a key is not repeated. */
export function formatPath(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === "number") return `[${step}]`;
      const name = mayBeSecret(step) ? "…" : step;
      return i === 0 ? name : `.${name}`;
    })
    .join("");
}
