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
  ["document ends", `${CLEAN}...\n# over\n...\n...\n`],
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
  ["second document after two ends", `${CLEAN}...\n...\n§version: 1\n`, "second-document"],
  ["second document after two ends, empty", `${CLEAN}...\n...\n§---\n`, "second-document"],
  ["directive after two ends", `${CLEAN}...\n...\n§%YAML 1.1\n`, "directive"],
  ["tab as indent", "version: 1\nservers:\n§\trouter: {}\n", "syntax"],
  [
    "tabs as indent are one fault",
    "version: 1\nservers:\n§\tnas:\n\t\taddress: 10.0.0.1\n\t\tinterfaces: {}\n",
    "syntax",
  ],
  ["what follows a syntax fault is not told", "§- a\nb: c\n".replace("§", "").replace("b", "§b"), "syntax"],
  ["an alias before a syntax fault is told", "a: §*x\nb: §}\n", "alias syntax"],
  ["unclosed quote", edited("vpn.example.net", '§"vpn.example.net'), "syntax"],
  ["unclosed single quote", edited("vpn.example.net", "§'vpn.example.net"), "syntax"],
  ["complex key", edited("laptop: {}", "laptop: {}\n      ? §[a, b]\n      : {}"), "complex-key"],
  ["empty file", "§", "wrong-type"],
  ["only a comment", "§# nothing\n", "wrong-type"],
  ["scalar root", "§hello\n", "wrong-type"],
  ["list root", "§- a\n- b\n", "wrong-type"],
  ["__proto__ as a name", edited("laptop: {}", "§__proto__: {}\n      laptop: {}"), "reserved-name"],
  ["constructor as a name", edited("  lab: {", "  §constructor: { reach: [self] }\n  lab: {"), "reserved-name"],
  ["prototype as a name", edited("  router:\n", "  §prototype: {}\n  router:\n"), "reserved-name"],
  [
    "one fault of the syntax is told once, however many brackets are open",
    "version: 1\nservers: { a: { address: 1.2.3.4\n§",
    "syntax",
  ],
  ["toString as a field", edited("laptop: {}", "laptop: { §toString: 1 }"), "reserved-name"],
  ["NUL", edited("vpn.example.net", "vpn§\u0000.example.net"), "bad-character"],
  ["ESC in a comment", `${CLEAN}# §\u001b[31m\n`, "bad-character"],
  ["bidirectional override in a comment", `# §\u202e\n${CLEAN}`, "bad-character"],
  ["zero width space in a name", edited("laptop: {}", "lap§\u200btop: {}"), "bad-character"],
  ["a space that is none", edited("laptop: {}", "laptop:§\u00a0{}"), "bad-character"],
  ["other spaces that are none", "a: §\u2003b §\u202f §\u205f §\u3000\n", "bad-character ".repeat(4).trim()],
  ["spaces of other scripts in a comment", `# R\u00e9seau\u00a0: \u3000\n${CLEAN}`, ""],
  ["bytes that are not UTF-8", `# §\ufffd\n${CLEAN}`, "bad-character"],
  ["lone carriage return", `# a§\rversion: 1\n${CLEAN}`, "bad-character"],
  ["half a surrogate pair", `# §\ud800\n${CLEAN}`, "bad-character"],
  [
    "characters without a picture, in comments too",
    `# ${["\u00ad", "\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180e", "\u180f", "\u3164", "\uffa0", "\u{e0001}", "\u{e007f}"].map((c) => `§${c} `).join("")}\n${CLEAN}`,
    "bad-character ".repeat(13).trim(),
  ],
  ["the selector that makes a sign an emoji", `# \u26a0\ufe0f\n${CLEAN}`, ""],
  ["a run of characters is one fault", `# §\u0007\u0008\u202e\n${CLEAN}`, "bad-character"],
  ["UTF-16 with its mark", `§\ufffd\ufffd${[...CLEAN].map((unit) => `${unit}\0`).join("")}`, "bad-character"],
  ["UTF-16 without a mark", `§${[...CLEAN].map((unit) => `\0${unit}`).join("")}`, "bad-character"],
  ["lone carriage returns everywhere", CLEAN.replace("\n", "§\r").replaceAll("\n", "\r"), "bad-character"],
  ["Latin-1 everywhere", CLEAN.replaceAll("router", "r\ufffduter").replace("\ufffd", "§\ufffd"), "bad-character"],
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
  // As it goes into JSON, key by key.
  const [problem = {}] = load(large("x", 4 * 1024 * 1024)).problems;
  expect(Object.keys(problem).sort()).toEqual(["code", "column", "hint", "line", "message", "path"]);
  expect(load(large("x", 4_000_000)).problems).toEqual([]);
});

const said = (text: string): string[] => load(text).problems.map(({ message, hint }) => `${message}; ${hint}`);

test.each([
  ["# \u202e", "the invisible or control character U+202E; remove it"],
  ["version:\u00a01", "the invisible or control character U+00A0; write a plain space"],
  ["# \u0007\u0008", "2 invisible or control characters, the first is U+0007; remove it"],
  ["# \u{e0068}", "the invisible or control character U+E0068; remove it"],
  ["# \u{e0068}\u{e0069}\u00ad", "3 invisible or control characters, the first is U+E0068; remove it"],
  ["version: 1\rservers: 1\r", "a carriage return without a line feed, and 1 more; save with LF or CRLF line ends"],
  ["# \ufffd \ufffd \ufffd", "bytes that are not UTF-8, and 2 more; save the file as UTF-8"],
  ["# \u0000", "a NUL character, which no text has; save the file as UTF-8"],
  ["\ufffd\ufffdv\0e\0", "this looks like UTF-16; save the file as UTF-8"],
  ["a:\n\tb: 1\n", "Tabs are not allowed as indentation; indent with spaces"],
  [
    "a: b: c\n",
    "Nested mappings are not allowed in compact mappings; put a text that holds a colon and a space in quotes",
  ],
])("what is said of %j", (text, expected) => {
  expect(said(text)).toEqual([expected]);
});

test("a binary file is a few problems, and the last of a kind says how many more there are", () => {
  const binary = Array.from({ length: 5000 }, (_, i) => `${String.fromCharCode(i % 256)}x`).join("");
  const problems = said(`text ${new TextDecoder().decode(Buffer.from(binary, "latin1"))}`);
  expect(problems.length).toBeLessThan(25);
  expect(problems.filter((line) => / and \d+ more;/.test(line))).toHaveLength(4);
});

const PRIVATE = "qGVxQKj7Z2wNqF1z0cNvJ8WlYp3Yq4xRkU5sT2bVd0E=";
const PUBLIC = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";
const HEX = "0123456789abcdef".repeat(4);

test("after a fault of the syntax, secrets are told in comments only, and what YAML has and the file may not wherever it is", () => {
  const text = `%YAML 1.1
---
# psk: ${HEX}
a: [b }
c: { privateKey: ${HEX}, x: *foo }
d: &e !!int 3
---
# private key: ${HEX}
`;
  expect(load(text).problems.map(({ code, line }) => `${code} ${line}`)).toEqual([
    "directive 1",
    "secret-in-file 3",
    "syntax 4",
    "alias 5",
    "anchor 6",
    "tag 6",
    "second-document 7",
    "secret-in-file 8",
  ]);
});

test.each([
  ["what looks like a private key", `# laptop §${PRIVATE}`],
  ["one behind a value", `version: 1 # §${PRIVATE}`],
  ["one inside a flow", `a: [ # §${PRIVATE}\n  b]`],
  ["what is called a private key", `# PrivateKey = §${PUBLIC}`],
  ["what is called a pre-shared key", `#psk: "§${PUBLIC}"`],
  ["a secret in hex that is called one", `# root secret: §${HEX}`],
  ["one without a colon", `# psk §${HEX}`],
  ["one in the alphabet of URLs", `# psk = §${PUBLIC.replace("/", "-").replace("1", "_")}`],
  ["one without its padding", `# private key: §${PUBLIC.slice(0, 43)}`],
  ["the second of two", `# ${PUBLIC}, psk §${PUBLIC}`],
  ["an armoured key", "# §-----BEGIN OPENSSH PRIVATE KEY-----"],
])("%s in a comment is a secret in the file", (_, marked) => {
  const [before = "", after = ""] = marked.split("§");
  const { problems } = load(`${before}${after}\n`);
  expect(problems).toContainEqual(
    expect.objectContaining({ code: "secret-in-file", line: 1, column: before.length + 1 }),
  );
  expect(JSON.stringify(problems)).not.toContain(after.slice(0, 40));
});

test("public keys, digests and certificates may stand in comments", () => {
  const comments = [
    `# the old key of phone: ${PUBLIC}`,
    `# PublicKey = ${PUBLIC}`,
    `# sha256 ${HEX}`,
    `# SHA256:${PUBLIC.slice(0, 43)}`,
    `# the secret is in commit ${HEX.slice(0, 40)}`,
    `# secret ${HEX.slice(0, 40)}`,
    "# secret: /run/secrets/wirewright/router/rootsecret-1",
    `# no secret: sha256 ${HEX}`,
    "# -----BEGIN CERTIFICATE-----",
  ];
  expect(load(`${comments.join("\n")}\n${CLEAN}`).problems).toEqual([]);
});
