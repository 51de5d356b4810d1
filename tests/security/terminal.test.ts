import fc from "fast-check";
import { errorText, formatProblems, printable, printableJson } from "../../cli/output.ts";
import { load } from "../../core/domain/load.ts";
import { quote } from "../../core/domain/quote.ts";
import { emptyLock } from "../../core/plan/addressing.ts";
import { compile } from "../../core/plan/compile.ts";
import { checkStack, parseStackConfig } from "../../core/plan/stack.ts";
import { describeExit } from "../../device/probe.ts";
import { DOMAIN } from "../support/sealed.ts";

// ESC and its C1 twin, bell, NUL, carriage return, overrides and isolates of direction, invisible marks, half a character.
const ACTING = [
  "\u001b[2J",
  "\u001b]0;x\u0007",
  "\u009b31m",
  "\u0000",
  "\r",
  "\b",
  "\u202e",
  "\u2066",
  "\u200b",
  "\ufeff",
  "\u2028",
  "\ud800",
  "\u007f",
];
const acting = fc.tuple(fc.string(), fc.constantFrom(...ACTING), fc.string()).map((parts) => parts.join(""));
/** Nothing that acts on a terminal; a line feed only where we put it. */
const ONE_LINE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u;
const LINES = /^(?:[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|\n)*$/u;
const settings = { seed: 30, numRuns: 300 } as const;

test("S30 terminal-safe output: no text acts on a terminal after it has passed any of our ways out", () => {
  fc.assert(
    fc.property(acting, (text) => {
      expect(printable(text)).toMatch(ONE_LINE);
      expect(quote(text)).toMatch(ONE_LINE);
      expect(errorText(new Error(text))).toMatch(LINES);
      expect(printableJson({ [text]: [text] })).toMatch(/^[ -~\n]*$/);
      expect(describeExit({ stderr: `wgctl: ${text}\n`, exitCode: 71 }, { host: "192.168.1.1", user: "root" })).toMatch(
        ONE_LINE,
      );
    }),
    settings,
  );
});

test("S30 terminal-safe output: a name in the intent that would act is refused in words that don't", () => {
  for (const mark of ACTING) {
    for (const word of [JSON.stringify(`a${mark}b`), `"a${mark}b"`, `a${mark}b`]) {
      const { domain, problems } = load(DOMAIN.replace("laptop: {}", `${word}: {}`));
      expect(domain).toBeUndefined();
      expect(formatProblems(`a${mark}b.yaml`, problems)).toMatch(LINES);
    }
  }
});

test("S30 terminal-safe output: a setting of a stack that would act is refused in words that don't, also where Pulumi prints them", () => {
  const { domain } = load(DOMAIN);
  const plans = domain === undefined ? [] : compile(domain, emptyLock).plans;
  for (const mark of ACTING) {
    const name = `a${mark}b`;
    const bad = parseStackConfig({
      server: name,
      natInterface: name,
      [name]: mark,
      interfaces: { [name]: { mtu: 1 } },
    });
    const nested = parseStackConfig({ server: "router", interfaces: { [name]: mark, wg0: { [name]: 1 } } });
    const { config } = parseStackConfig({ server: "router", interfaces: { [name]: { mtu: 1400 } } });
    const unknown = config === undefined ? [] : checkStack(config, plans);
    expect([bad.problems.length, nested.problems.length, unknown.length]).toEqual([4, 2, 1]);
    for (const { key, message } of [...bad.problems, ...nested.problems, ...unknown]) {
      expect(key).toMatch(ONE_LINE);
      expect(message).toMatch(ONE_LINE);
    }
  }
});

test("a key in the place of a setting's name is not repeated, and another name stands as it was written", () => {
  const secret = Buffer.alloc(32, 7).toString("base64");
  const { problems } = parseStackConfig({ server: "router", [secret]: "x", mtuu: 1 });
  expect(JSON.stringify(problems)).not.toContain(secret.slice(0, 12));
  expect(problems).toContainEqual(expect.objectContaining({ key: "mtuu" }));
});
