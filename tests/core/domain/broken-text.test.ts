import { load } from "../../../core/domain/load.ts";
import { CLEAN, edited, expectMarked } from "./marked.ts";

test("the clean file is clean", () => {
  expect(load(CLEAN).problems).toEqual([]);
});

// A byte order mark, CRLF, an explicit document and comments change nothing.
test.each([
  ["byte order mark", `\uFEFF${CLEAN}`],
  ["CRLF", CLEAN.replaceAll("\n", "\r\n")],
  ["document start", `---\n${CLEAN}`],
  ["document end", `${CLEAN}...\n`],
  ["comments", `# a\n${CLEAN}# ünïcode 漢字 😀\n`],
  ["no last line break", CLEAN.trimEnd()],
])("%s is accepted and means the same", (_, text) => {
  const withoutPositions = (source: string): string =>
    JSON.stringify(load(source).domain, (key, value) =>
      /position$/i.test(key) ? 0 : typeof value === "bigint" ? String(value) : value,
    );
  expect(load(text).problems).toEqual([]);
  expect(withoutPositions(text)).toBe(withoutPositions(CLEAN));
});

test.each([
  [
    "alias bomb",
    "§version: 1\n§a: §&a [x, x]\n§b: §&b [§*a, §*a]\n§c: [§*b, §*b]\n",
    "missing-key unknown-key anchor unknown-key anchor alias alias unknown-key alias alias",
  ],
  ["self-referencing anchor", "version: 1\nservers: §&s\n  me: §*s\n", "anchor alias"],
  ["tag", edited("wg5: {", "wg5: §!!js/function {"), "tag"],
  ["tag on a value", edited("port: 51825", "port: §!!int 51825"), "tag"],
  ["anchor", edited("laptop: {}", "laptop: §&x {}"), "anchor"],
  ["directive", `§%YAML 1.1\n---\n${CLEAN}`, "directive"],
  ["merge key", edited("laptop: {}", "laptop: { §<<: {} }"), "merge-key"],
  ["duplicate key", edited("version: 1", "version: 1\n§version: 1"), "duplicate-key"],
  ["duplicate name", edited("laptop: {}", "laptop: {}\n      §laptop: {}"), "duplicate-key"],
  ["same key, quoted", edited("laptop: {}", 'laptop: {}\n      §"laptop": {}'), "duplicate-key"],
  ["second document", `${CLEAN}§---\nversion: 1\n`, "second-document"],
  ["second document after an end", `${CLEAN}...\n§version: 1\n`, "second-document"],
  ["tab as indent", "version: 1\nservers:\n§\trouter: {}\n", "syntax"],
  ["unclosed quote", edited("vpn.example.net", '§"vpn.example.net'), "syntax"],
  ["unclosed single quote", edited("vpn.example.net", "§'vpn.example.net"), "syntax"],
  ["complex key", edited("laptop: {}", "laptop: {}\n      ? §[a, b]\n      : {}"), "complex-key"],
  ["empty file", "§", "wrong-type"],
  ["only a comment", "§# nothing\n", "wrong-type"],
  ["scalar root", "§hello\n", "wrong-type"],
  ["list root", "§- a\n- b\n", "wrong-type"],
  ["__proto__ as a name", edited("laptop: {}", "§__proto__: {}\n      laptop: {}"), "reserved-name"],
  ["constructor as a name", edited("  lab: {", "  §constructor: { reach: [self] }\n  lab: {"), "reserved-name"],
  ["toString as a field", edited("laptop: {}", "laptop: { §toString: 1 }"), "reserved-name"],
  ["NUL", edited("vpn.example.net", "vpn§\u0000.example.net"), "bad-character"],
  ["ESC in a comment", `${CLEAN}# §\u001b[31m\n`, "bad-character"],
  ["bidirectional override in a comment", `# §\u202e\n${CLEAN}`, "bad-character"],
  ["zero width space in a name", edited("laptop: {}", "lap§\u200btop: {}"), "bad-character"],
  ["bytes that are not UTF-8", `# §\ufffd\n${CLEAN}`, "bad-character"],
  ["lone carriage return", `# a§\rversion: 1\n${CLEAN}`, "bad-character"],
  ["half a surrogate pair", `# §\ud800\n${CLEAN}`, "bad-character"],
  ["all characters at once", "# §\u0007\n# §\u009b §\u2066\n", "bad-character bad-character bad-character"],
])("%s", (_, marked, codes) => {
  expectMarked(marked, codes);
});

const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;

test("64 deep is read, 65 is refused before anything recursive sees it, and so are 500,000", () => {
  expect(load(nested(64)).problems.map((p) => p.code)).toEqual(["wrong-type"]);
  expect(load(nested(65)).problems).toMatchObject([{ code: "too-deep", line: 1, column: 65 }]);
  for (const deep of ["[", "{a: ", "- ", "? "]) {
    expect(load(deep.repeat(500_000)).problems.map((p) => p.code)).toEqual(["too-deep"]);
  }
  const blocks = Array.from({ length: 65 }, (_, i) => `${" ".repeat(i)}a:`).join("\n");
  expect(load(blocks).problems).toMatchObject([{ code: "too-deep", line: 65, column: 66 }]);
});

test("a file over 4 MiB is refused unread, counted in bytes", () => {
  const large = (unit: string, count: number): string => `#${unit.repeat(count)}\n${CLEAN}`;
  expect(load(large("x", 4 * 1024 * 1024)).problems).toMatchObject([{ code: "file-too-large", line: 1, column: 1 }]);
  expect(load(large("漢", 1_500_000)).problems).toMatchObject([{ code: "file-too-large" }]);
  expect(load(large("x", 4_000_000)).problems).toEqual([]);
});
