import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type Loaded, load } from "../../../core/domain/load.ts";
import { CLEAN } from "./marked.ts";

const EXAMPLE = readFileSync(join(import.meta.dirname, "../../../domain.example.yaml"), "utf8");
const SEED = 20260;
const RUNS = 2000;

const LINES = EXAMPLE.split("\n");
/** Pieces that have a meaning in YAML or in the grammar, so that mutants get past the first check. */
const PIECES = [
  ..."&*!|>%@`'\"{}[],:?- #\t\n\r\\~<",
  "\u0000",
  "\u202e",
  "\ud800",
  "&a ",
  "*a",
  "!!set ",
  "<<: ",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "__proto__",
  "constructor",
  "null",
  "true",
  "0x10",
  "1e3",
  "010",
  ".nan",
  "65536",
  "10.66.0.1/24",
  "0.0.0.0/0",
  "::ffff:1.2.3.4",
  "self",
  "peers",
  "internet",
  "lan",
  "router/wg0",
  "router/wg0/laptop",
  "{ ",
  " }",
  "[ ",
  " ]",
  "- ",
  "  ",
  "\n  ",
  "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
] as const;

/** Mostly the smaller file, which has a bit of everything and loads faster. */
const base = fc.oneof({ weight: 1, arbitrary: fc.constant(EXAMPLE) }, { weight: 4, arbitrary: fc.constant(CLEAN) });

type Mutation = (text: string) => string;
const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at, fc.constantFrom(...PIECES)).map(
    ([where, piece]): Mutation =>
      (text) =>
        splice(text, where, 0, piece),
  ),
  fc.tuple(at, fc.nat(12)).map(
    ([where, count]): Mutation =>
      (text) =>
        splice(text, where, count, ""),
  ),
  fc.tuple(at, fc.constantFrom(...PIECES)).map(
    ([where, piece]): Mutation =>
      (text) =>
        splice(text, where, piece.length, piece),
  ),
  fc.tuple(at, fc.nat(7)).map(
    ([where, bit]): Mutation =>
      (text) =>
        flipBit(text, where, bit),
  ),
  fc.tuple(at, fc.nat(LINES.length - 1)).map(
    ([where, line]): Mutation =>
      (text) =>
        splice(text, where, 0, `\n${LINES[line]}\n`),
  ),
  fc.tuple(at, at).map(
    ([a, b]): Mutation =>
      (text) =>
        swapLines(text, a, b),
  ),
);

function splice(text: string, where: number, count: number, piece: string): string {
  const start = Math.floor(where * text.length);
  return text.slice(0, start) + piece + text.slice(start + count);
}

function flipBit(text: string, where: number, bit: number): string {
  const start = Math.floor(where * text.length);
  return splice(text, where, 1, String.fromCharCode(text.charCodeAt(start) ^ (1 << bit)));
}

function swapLines(text: string, a: number, b: number): string {
  const lines = text.split("\n");
  const [i, j] = [Math.floor(a * lines.length), Math.floor(b * lines.length)];
  return lines
    .with(i, lines[j] ?? "")
    .with(j, lines[i] ?? "")
    .join("\n");
}

/** What is wrong with the answer itself; empty when it keeps its promises. */
function broken(text: string, { domain, problems }: Loaded): string {
  if ((domain === undefined) !== problems.length > 0) return "neither a domain nor problems, or both";
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  for (const [i, { code, path, line, column, message, hint = "" }] of problems.entries()) {
    const before = problems[i - 1] ?? { line: 1, column: 1 };
    const isInside = line >= 1 && line <= lines.length && column >= 1 && column <= (lines[line - 1] ?? "").length + 1;
    const isInOrder = before.line < line || (before.line === line && before.column <= column);
    const isClean =
      /^[a-z][a-z-]+$/.test(code) &&
      /^[ -~…]+$/.test(message + hint) &&
      !/undefined|\[object|hSDwCYkw/.test(message + hint + path);
    if (!isInside || !isInOrder || !isClean) return `${line}:${column} ${code} ${message}; ${hint}`;
  }
  return "";
}

test("a mutated file is either a domain or problems with places and clean messages, never a crash", () => {
  let clean = 0;
  let deep = 0;
  fc.assert(
    fc.property(base, fc.array(mutation, { minLength: 1, maxLength: 3 }), (original, mutations) => {
      const text = mutations.reduce((so, mutate) => mutate(so), original);
      const loaded = load(text);
      expect(broken(text, loaded)).toBe("");
      const codes = loaded.problems.map(({ code }) => code);
      if (codes.length === 0) clean++;
      else if (!codes.includes("syntax") && !codes.includes("bad-character")) deep++;
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  );
  // The mutants are worth something only when many get past the parser, and some are even right.
  expect(clean).toBeGreaterThan(RUNS / 50);
  expect(deep).toBeGreaterThan(RUNS / 5);
});
