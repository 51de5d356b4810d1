import { Composer, isAlias, isMap, isNode, isScalar, isSeq, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { parseAddress } from "../../net/address.ts";
import type { Path, Place } from "../place.ts";
import { quote } from "./quote.ts";
import { MOST_TESTS, type PrivateKeyTest, privateKeyTest, secretFault } from "./secret.ts";
import type { TextFault } from "./text.ts";
import type { Tokens } from "./tokens.ts";

/** Plain data as the file spells it. Mappings have no prototype, so every key is only a key. */
export type Value = string | number | boolean | null | readonly (Value | undefined)[] | Mapping;
export interface Mapping {
  readonly [key: string]: Value | undefined;
}

/** What is at this path; undefined when nothing is. */
export function valueAt(root: Value, path: Path): Value | undefined {
  let value: Value | undefined = root;
  for (const step of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = typeof step === "number" ? (value as readonly Value[])[step] : (value as Mapping)[step];
  }
  return value;
}

/** What every object answers to without being asked: a table looked up by such a name finds something that is not there. */
const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(["prototype", ...Object.getOwnPropertyNames(Object.prototype)]);

/** Up to 15 digits, so that every number is exact. No 0x10, 1e3, 010, 1.0 or .inf: those stay text. */
const INTEGER = /^-?(?:0|[1-9][0-9]{0,14})$/;
const NULL = /^(?:~|null|Null|NULL)?$/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;

// Reported before, from the lexemes and at a better place.
const REPORTED_BEFORE: ReadonlySet<string> = new Set(["TAG_RESOLVE_FAILED", "BAD_ALIAS", "BAD_DIRECTIVE"]);
const OPEN_QUOTE = /^Missing closing ['"]quote/;

/** What to do about the parser's faults, by its own codes. */
const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  BLOCK_AS_IMPLICIT_KEY: "put a text that holds a colon and a space in quotes",
  BAD_SCALAR_START: "put it in quotes",
  BAD_DQ_ESCAPE: "put it in single quotes, where a backslash means nothing",
  MULTILINE_IMPLICIT_KEY: "write KEY: VALUE, with a space after the colon",
};
export const ADDRESS_IN_QUOTES = "put the address in quotes";
const LOOK = "look at indentation, brackets and colons, here and in the line before";

const COMPLEX_KEY: Fault = { code: "complex-key", message: "a key must be one word", hint: "write KEY: VALUE" };
const MERGE_KEY: Fault = { code: "merge-key", message: "merge keys are not allowed", hint: "write the values out" };

type TreeFault = TextFault & { readonly path: Path };
type Fault = Omit<TextFault, "offset">;

export interface Tree {
  /** Undefined when the syntax is at fault: what follows such a fault is guesswork. */
  readonly value: Value | undefined;
  readonly root: Place;
  readonly faults: readonly TreeFault[];
}

export function treeOf(tokens: Tokens["tokens"], text: string): Tree {
  // Failsafe: every scalar arrives as text, so numbers are read here and strictly. Keys are compared here, in one pass.
  const composer = new Composer({
    schema: "failsafe",
    uniqueKeys: false,
    merge: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [document] = composer.compose(tokens, true, text.length);
  const nowhere: Place = { start: 0, keyStart: 0, children: new Map(), refused: true };
  const errors = (document?.errors ?? []).filter(({ code }) => !REPORTED_BEFORE.has(code));
  if (document === undefined || errors.length > 0) {
    const fresh = errors.filter(({ message }) => !OPEN_QUOTE.test(message));
    const faults = fresh.map(({ code, pos, message }) => ({
      code: "syntax",
      offset: pos[0],
      message: withoutEcho(message),
      hint: hintFor(code, text, pos[0]),
      path: [],
    }));
    return { value: undefined, root: nowhere, faults };
  }
  const faults: TreeFault[] = [];
  const isPrivate = privateKeyTest(MOST_TESTS.fields);
  const { value, place } = read(document.contents, { path: [], keyStart: 0, faults, isPrivate });
  return { value, root: place, faults };
}

/** What YAML takes for a key: `fd00::`, and then white space or what ends a value. */
const CUT_ADDRESS = /[0-9a-f:]*::(?![^\s,\]}])/iy;

function hintFor(code: string, text: string, offset: number): string {
  CUT_ADDRESS.lastIndex = offset;
  const address = CUT_ADDRESS.exec(text)?.[0];
  return address !== undefined && parseAddress(address) ? ADDRESS_IN_QUOTES : (SYNTAX_HINTS[code] ?? LOOK);
}

/** The parser's words without the text it quotes, which could be anything. */
function withoutEcho(message: string): string {
  return (message.split("\n", 1)[0] ?? "").replace(/\w: .*$/, (end) => end.charAt(0));
}

/** Undefined for what has no token of its own, such as the value of `laptop:` or what is missing behind a dash. */
function startOf(node: unknown): number | undefined {
  const [start, end] = (isNode(node) && node.range) || [0, 0];
  return start === end ? undefined : start;
}

interface Context {
  readonly path: Path;
  /** Where the key of this value stands; in a list, where the value itself does. */
  readonly keyStart: number;
  readonly faults: TreeFault[];
  readonly isPrivate: PrivateKeyTest;
}

interface Reading {
  readonly value: Value | undefined;
  readonly place: Place;
}

function read(node: unknown, context: Context): Reading {
  const { keyStart } = context;
  const start = startOf(node) ?? keyStart;
  if (isMap(node)) return readMapping(node, start, context);
  if (isSeq(node)) return readList(node, start, context);
  const place = { start, keyStart, children: new Map() };
  if (isAlias(node)) return { value: undefined, place: { ...place, refused: true } };
  const value = isScalar(node) ? scalarValue(node) : null;
  const field = String(context.path.at(-1));
  const fault = typeof value === "string" ? secretFault(value, field, context.isPrivate) : undefined;
  if (fault === undefined) return { value, place: { ...place, refused: false } };
  context.faults.push({ ...fault, offset: start, path: context.path });
  return { value: undefined, place: { ...place, refused: true } };
}

function readList(list: YAMLSeq, start: number, context: Context): Reading {
  const { path, keyStart } = context;
  const children = new Map<number, Place>();
  const values = list.items.map((item, i) => {
    const itemStart = startOf(item) ?? gapOf(item) ?? start;
    const { value, place } = read(item, { ...context, path: [...path, i], keyStart: itemStart });
    children.set(i, place);
    return value;
  });
  return { value: values, place: { start, keyStart, children, refused: false } };
}

/** Where an entry or a key would stand that is nothing. */
function gapOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function readMapping(mapping: YAMLMap, start: number, context: Context): Reading {
  const { path, keyStart, faults } = context;
  const children = new Map<string, Place>();
  const values: Record<string, Value | undefined> = Object.create(null);
  for (const pair of mapping.items) {
    const key = readKey(pair.key, start, children);
    if (key.fault) faults.push({ ...key.fault, offset: key.start, path: [...path, key.name ?? ""] });
    if (key.name === undefined || children.has(key.name)) continue;
    const { value, place } = read(pair.value, { ...context, path: [...path, key.name], keyStart: key.start });
    children.set(key.name, key.fault ? { ...place, refused: true } : place);
    if (!key.fault && value !== undefined) values[key.name] = value;
  }
  return { value: values, place: { start, keyStart, children, refused: false } };
}

interface Key {
  /** Undefined when it is more than a word; an alias was reported as such. */
  readonly name: string | undefined;
  readonly start: number;
  readonly fault?: Fault | undefined;
}

function readKey(node: unknown, mappingStart: number, seen: ReadonlyMap<string, Place>): Key {
  const start = startOf(node) ?? gapOf(node) ?? mappingStart;
  if (isAlias(node)) return { name: undefined, start };
  if (!isScalar(node)) return { name: undefined, start, fault: COMPLEX_KEY };
  const name = String(node.value);
  return { name, start, fault: keyFault(node, name, seen) };
}

function keyFault({ type }: Scalar, name: string, seen: ReadonlyMap<string, Place>): Fault | undefined {
  if (name === "<<" && type === "PLAIN") return MERGE_KEY;
  if (PROTOTYPE_NAMES.has(name)) {
    return { code: "reserved-name", message: `${quote(name)} is not allowed as a name`, hint: "choose another" };
  }
  if (!seen.has(name)) return undefined;
  return { code: "duplicate-key", message: `${quote(name)} is here a second time`, hint: "remove one of the two" };
}

function scalarValue({ type, value }: Scalar): Value {
  const text = String(value);
  if (type !== "PLAIN") return text;
  if (NULL.test(text)) return null;
  if (BOOLEAN.test(text)) return text.toLowerCase() === "true";
  return INTEGER.test(text) ? Number(text) : text;
}
