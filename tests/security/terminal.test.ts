import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { summaryLines } from "../../cli/bench/summary.ts";
import { stepRunner } from "../../cli/demo/steps.ts";
import { say } from "../../cli/lab.ts";
import { errorText, formatProblems, printable, printableJson } from "../../cli/output.ts";
import { load } from "../../core/domain/load.ts";
import { quote } from "../../core/domain/text/quote.ts";
import { compile } from "../../core/plan/compile.ts";
import { emptyLock } from "../../core/plan/lock-file.ts";
import { checkStack, parseStackConfig } from "../../core/plan/stack.ts";
import { describeExit } from "../../device/probe.ts";
import { record } from "../bench/fixtures.ts";
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

test("S30 terminal-safe output: a measurement is summed up in words that don't act, whatever a tool or a device said", () => {
  const acted = `a${ACTING.join("b")}`;
  const { session, runs, ...rest } = record();
  const [first] = session.design.arms;
  if (first === undefined) throw new Error("no arm");
  const arm = { ...first, name: acted, implementation: acted };
  const hostile = {
    ...rest,
    session: { ...session, design: { ...session.design, arms: [arm] }, conditions: [acted] },
    runs: runs.map((run) => ({ ...run, slot: { ...run.slot, arm: acted }, faults: [acted], doubts: [acted] })),
  };
  const text = summaryLines(hostile).join("\n");
  expect(text.split("a\\u{1b}[2Jb").length).toBeGreaterThan(6);
  expect(text).toMatch(LINES);
});

test("S30 terminal-safe output: a step of the demo is shown in words that don't act, and told as it was", async () => {
  const acted = `a${ACTING.join("b")}`;
  const written: string[] = [];
  const ways = [process.stdout, process.stderr].map((way) =>
    jest.spyOn(way, "write").mockImplementation((text) => written.push(String(text)) > 0),
  );
  const steps = stepRunner(new AbortController().signal);
  const work = async (say: (text: string) => void) => {
    say(acted);
    return acted;
  };
  await steps.step("one", work);
  const failure = new Error(acted);
  await expect(steps.step("two", () => Promise.reject(failure))).rejects.toBe(failure);
  for (const way of ways) way.mockRestore();
  expect(steps.done().map(({ detail }) => detail)).toEqual([acted, acted]);
  // Where a machine asks for colours, our own marks have some.
  const text = stripVTControlCharacters(written.join(""));
  expect(text.split("a\\u{1b}[2Jb").length).toBeGreaterThan(3);
  expect(text).toMatch(LINES);
});

test("S30 terminal-safe output: a step of a lab is told in words that don't act", () => {
  const written: string[] = [];
  const way = jest.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  for (const mark of ACTING) say(`booting a${mark}b`);
  way.mockRestore();
  expect(written).toHaveLength(ACTING.length);
  for (const text of written) {
    expect(text).toMatch(/^lab: booting a.*b\n$/);
    expect(text.trimEnd()).toMatch(ONE_LINE);
  }
});
