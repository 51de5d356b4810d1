import {
  describeSeconds,
  difference,
  figureLines,
  interleaved,
  ratio,
  type SelfFigure,
  verdictOf,
} from "../../bench/self.ts";

const figure: SelfFigure = {
  name: "f",
  claim: "a against b",
  limit: 1.5,
  unit: "times",
  result: { value: 1.5 },
  conditions: "c",
};

test.each([
  [{ value: 1.5 }, "ok"],
  [{ value: 1.5000001 }, "MISSED"],
  [{ value: Number.NaN }, "MISSED"],
  [{ value: 1.4, between: [1.3, 1.5] }, "ok"],
  [{ value: 1.4, between: [1.3, 1.5000001] }, "UNCLEAR"],
  [{ value: 1.6, between: [1.5, 1.7] }, "UNCLEAR"],
  [{ value: 1.6, between: [1.5000001, 1.7] }, "MISSED"],
  [{ skipped: "no lab" }, "skipped"],
] as const)("%j against 1.5 is %s", (result, verdict) => {
  expect(verdictOf({ ...figure, result })).toBe(verdict);
});

test("subjects take turns: each once per round, and not always in the same order", async () => {
  const order: string[] = [];
  const subject = (name: string, value: number) => async () => {
    order.push(name);
    return value;
  };
  const series = await interleaved(12, { ours: subject("ours", 2), bare: subject("bare", 1) }, "seed");
  expect(series).toEqual({ ours: Array(12).fill(2), bare: Array(12).fill(1) });
  const rounds = Array.from({ length: 12 }, (_, i) => order.slice(2 * i, 2 * i + 2).join(" "));
  expect(new Set(rounds)).toEqual(new Set(["ours bare", "bare ours"]));
});

test("a ratio and a difference are of values of one round, so a slow round and a slow run do not decide", () => {
  expect(ratio([3, 30, 3], [2, 20, 2])).toEqual({ value: 1.5, between: [1.5, 1.5] });
  expect(ratio([3, 3, 99], [2, 2, 2])).toEqual({ value: 1.5, between: [1.5, 49.5] });
  expect(difference([3, 13, 99], [2, 12, 2])).toEqual({ value: 1, between: [1, 97] });
  expect(ratio([], [1])).toEqual({ skipped: "nothing was measured" });
});

test("a line shows verdict, value, target and conditions", () => {
  expect(figureLines([{ ...figure, result: { value: 1.61234 } }])).toEqual([
    "MISSED  f: 1.61 times (target: at most 1.5 times)",
    "        a against b",
    "        c",
  ]);
  expect(figureLines([{ ...figure, result: { value: 1.4, between: [1.25678, 1.61234] } }])[0]).toBe(
    "UNCLEAR f: 1.4 times, between 1.26 and 1.61 (target: at most 1.5 times)",
  );
  expect(figureLines([{ ...figure, result: { skipped: "no lab" } }])[0]).toBe(
    "skipped f: no lab (target: at most 1.5 times)",
  );
  expect(describeSeconds([0.1234, 0.5, 0.2])).toBe("0.2 s (0.123 s to 0.5 s, 3 runs)");
});
