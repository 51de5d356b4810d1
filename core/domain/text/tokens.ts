import { CST, Lexer, Parser } from "yaml";
import { MOST_TESTS, type PrivateKeyTest, privateKeyTest, SECRET, secretIn } from "./secret.ts";
import type { TextFault } from "./text.ts";

/** Deepest nesting of lists and mappings. The grammar needs 7; the parser's own recursion ends at some thousand. */
const DEEPEST = 64;

/** 10,000 clients with every field have about 250,000; the parser needs up to a kilobyte for each. */
const MOST_WORDS = 500_000;

/** What the file may not use although YAML has it: two ways to say one thing, or meaning at a distance. */
const FORBIDDEN: ReadonlyMap<string, Omit<TextFault, "offset">> = new Map([
  ["alias", { code: "alias", message: "aliases are not allowed", hint: "write the value out" }],
  ["anchor", { code: "anchor", message: "anchors are not allowed", hint: "remove it and write values out" }],
  ["tag", { code: "tag", message: "tags are not allowed", hint: "remove it" }],
  ["directive-line", { code: "directive", message: "YAML directives are not allowed", hint: "remove the line" }],
]);

/** What a lexeme begins with when it may be forbidden; the rest, nearly all, is not looked at further. */
const SUSPECTS = "#*&!%\"'";

const OPEN_QUOTE = { code: "syntax", message: "a quote that nothing closes", hint: "close it on the same line" };

const TOO_DEEP = { code: "too-deep", message: `nested more than ${DEEPEST} deep`, hint: "flatten it" };
const TOO_MANY_WORDS = {
  code: "too-many-words",
  message: `the file has more than ${MOST_WORDS} words and signs, and here is the first beyond`,
  hint: "split it into several domains",
};

const MEANINGLESS: ReadonlySet<string> = new Set(["comment", "newline", "space", "byte-order-mark", "directive"]);

export interface Tokens {
  /** The first document's syntax tree, and what the parser could not place. */
  readonly tokens: readonly CST.Token[];
  readonly faults: readonly TextFault[];
  /** False when the rest of the file was not read. */
  readonly complete: boolean;
}

/** Reads lexeme by lexeme, so that nesting and number are known before anything recursive or greedy looks at them. */
export function tokensOf(text: string): Tokens {
  const parser = new Parser();
  const faults: TextFault[] = [];
  const found: Found = { tokens: [], documents: 0 };
  const isPrivate = privateKeyTest(MOST_TESTS.comments);
  let [inScalar, words] = [false, 0];
  for (const lexeme of new Lexer().lex(text)) {
    const offset = parser.offset;
    // The lexer announces a plain or block scalar by a mark of its own; its text may begin with anything.
    const forbidden = inScalar ? undefined : forbiddenBy(lexeme, offset, isPrivate);
    inScalar = lexeme === CST.SCALAR;
    if (forbidden) faults.push(forbidden);
    keep(parser.next(lexeme), found, faults);
    words += isBlank(lexeme) ? 0 : 1;
    const beyond = limitOf(parser, words);
    if (beyond !== undefined) {
      faults.push({ ...beyond, offset });
      return { tokens: found.tokens, faults, complete: false };
    }
    if (found.documents > 1) break;
  }
  keep(parser.end(), found, faults);
  return { tokens: found.tokens, faults, complete: true };
}

interface Found {
  readonly tokens: CST.Token[];
  documents: number;
}

function keep(next: Iterable<CST.Token>, found: Found, faults: TextFault[]): void {
  for (const token of next) {
    if (found.tokens.at(-1)?.type === "doc-end" && isEndAgain(token)) continue;
    if (token.type === "document" && ++found.documents === 2) faults.push(secondDocument(token.offset));
    if (found.documents < 2 && !MEANINGLESS.has(token.type)) found.tokens.push(token);
  }
}

/** Behind the mark of an end: a second one, or the document that the parser sees between the two. */
function isEndAgain(token: CST.Token): boolean {
  if (token.type !== "document") return token.type === "doc-end";
  return token.value === undefined && token.start.every(({ type }) => MEANINGLESS.has(type));
}

/** The limit that is exceeded. */
function limitOf(parser: Parser, words: number): Omit<TextFault, "offset"> | undefined {
  if (words > MOST_WORDS) return TOO_MANY_WORDS;
  return isTooDeep(parser) ? TOO_DEEP : undefined;
}

/** White space, line breaks, and the lexer's own marks. */
function isBlank(lexeme: string): boolean {
  return lexeme === CST.SCALAR || lexeme === CST.FLOW_END || lexeme === CST.DOCUMENT || lexeme.trim() === "";
}

function isTooDeep(parser: Parser): boolean {
  // The first on the stack is the document, the last may be a scalar.
  const { length } = parser.stack;
  if (length <= DEEPEST + 1) return false;
  const top = parser.stack[length - 1];
  return top !== undefined && CST.isCollection(top);
}

function forbiddenBy(lexeme: string, offset: number, isPrivate: PrivateKeyTest): TextFault | undefined {
  const first = lexeme.charAt(0);
  if (!SUSPECTS.includes(first)) return undefined;
  if (first === "#") {
    const at = secretIn(lexeme, isPrivate);
    return at === undefined ? undefined : { ...SECRET, offset: offset + at };
  }
  const isQuoted = first === '"' || first === "'";
  // The parser would report it where the file ends; the quote itself is what to look at.
  const isOpen = isQuoted && (lexeme.length === 1 || !lexeme.endsWith(first));
  const fault = isOpen ? OPEN_QUOTE : FORBIDDEN.get(CST.tokenType(lexeme) ?? "");
  return fault && { ...fault, offset };
}

function secondDocument(offset: number): TextFault {
  const message = "a file holds one document, and a second begins here";
  return { code: "second-document", offset, message, hint: "keep one file per domain" };
}
