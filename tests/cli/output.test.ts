import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { errorText, exitCodeOf, formatProblems, printable, printableJson } from "../../cli/output.ts";
import { badInput } from "../../device/bad-input.ts";

const seeded = { seed: 20260, numRuns: 500 };
const anyText = fc.string({ unit: "binary" });

test("printable text has nothing that a terminal would act on, and leaves ordinary text alone", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(printable(text)).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
    }),
    seeded,
  );
  expect(printable("ünïcode 漢字 😀 /tmp/a b")).toBe("ünïcode 漢字 😀 /tmp/a b");
  expect(printable("\u001b[31m\u202e\u0000")).toBe("\\u{1b}[31m\\u{202e}\\u{0}");
});

test("printable JSON is ASCII and reads back as what it was", () => {
  fc.assert(
    fc.property(fc.array(anyText), (texts) => {
      const json = printableJson(texts);
      expect(json).toMatch(/^[\n -~]*$/);
      expect(JSON.parse(json)).toEqual(texts);
    }),
    seeded,
  );
});

test("no verb prints JSON in another way", () => {
  const cli = join(import.meta.dirname, "../../cli");
  const files = readdirSync(cli).filter((file) => file.endsWith(".ts"));
  const printing = files.filter((file) => /write\([^;]*JSON\.stringify/.test(readFileSync(join(cli, file), "utf8")));
  expect(printing).toEqual([]);
});

test("an error is one line, or one for each problem, and says how to exit", () => {
  expect(errorText(new Error("first\nsecond \u001b[0m"))).toBe("wirewright: first\n");
  const faults = ["a.yaml:1:1 bad-name no\nname", "b\u202e"];
  expect(errorText(Object.assign(new Error(faults.join("\n")), { exitCode: 2, lines: faults }))).toBe(
    "a.yaml:1:1 bad-name no\\u{a}name\nb\\u{202e}\n",
  );
  expect(errorText("text\u0007")).toBe("wirewright: text\\u{7}\n");
  expect([exitCodeOf(badInput("x")), exitCodeOf(new Error("x")), exitCodeOf(undefined)]).toEqual([2, 1, 1]);
});

test("a problem is FILE:LINE:COL CODE message; hint, even when the file is named to fool a terminal", () => {
  const problem = { code: "bad-name", path: "x", line: 3, column: 7, message: "no name" };
  expect(formatProblems("a.yaml", [problem, { ...problem, hint: "choose another" }])).toBe(
    "a.yaml:3:7 bad-name no name\na.yaml:3:7 bad-name no name; choose another\n",
  );
  expect(formatProblems("\u001b]0;x\u0007.yaml", [problem])).toBe("\\u{1b}]0;x\\u{7}.yaml:3:7 bad-name no name\n");
});
