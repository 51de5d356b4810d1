import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { FINGERPRINT_SCRIPT, fingerprint, parseFacts } from "../../bench/fingerprint.ts";
import type { Reading } from "../../bench/model.ts";

const facts = { b: { value: "2" }, a: { value: "1" }, c: { skipped: "no tool" } };

test("the order in which facts were collected does not matter", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(Object.entries(facts), { minLength: 3 }), (order) => {
      expect(fingerprint(Object.fromEntries(order))).toEqual(fingerprint(facts));
    }),
    { seed: 7 },
  );
});

test.each<[string, Readonly<Record<string, Reading<string>>>]>([
  ["another value", { ...facts, a: { value: "3" } }],
  ["a fact more", { ...facts, d: { value: "1" } }],
  ["a fact that went missing", { ...facts, a: { skipped: "gone" } }],
  ["a value moved to the next fact", { b: { value: "1" }, a: { value: "2" }, c: { skipped: "no tool" } }],
])("%s is another environment", (_, other) => {
  expect(fingerprint(other).hash).not.toBe(fingerprint(facts).hash);
});

test("the wording of a missing fact's reason is not part of the environment", () => {
  expect(fingerprint({ ...facts, c: { skipped: "other words" } }).hash).toBe(fingerprint(facts).hash);
});

test("output that is cut short has no facts", () => {
  expect(parseFacts("cpu.model X\n")).toBeUndefined();
  expect(parseFacts("cpu.model X\ncpu.governor !! none\nend yes\n")).toEqual({
    "cpu.model": { value: "X" },
    "cpu.governor": { skipped: "none" },
  });
});

test("the script runs here, and gives the same facts twice", () => {
  const collect = () => {
    const run = spawnSync("sh", ["-s", "--", "lo"], { input: FINGERPRINT_SCRIPT, encoding: "utf8" });
    return parseFacts(run.stdout);
  };
  const found = collect();
  expect(found?.["kernel.release"]).toHaveProperty("value");
  expect(found?.["lo.daemon"]).toHaveProperty("skipped");
  expect(collect()).toEqual(found);
});
