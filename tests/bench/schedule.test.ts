import fc from "fast-check";
import { schedule } from "../../bench/schedule.ts";

const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 8 });

test("every arm has its turn once in every block of every scenario, at a place of its own", () => {
  fc.assert(
    fc.property(fc.string(), names, names, fc.integer({ min: 1, max: 4 }), (seed, arms, scenarios, blocks) => {
      const slots = schedule(seed, arms, scenarios, blocks);
      expect(slots).toHaveLength(arms.length * scenarios.length * blocks);
      expect(new Set(slots.map((slot) => `${slot.block} ${slot.scenario} ${slot.arm}`)).size).toBe(slots.length);
      expect(new Set(slots.map((slot) => `${slot.block} ${slot.position}`)).size).toBe(slots.length);
      expect(schedule(seed, arms, scenarios, blocks)).toEqual(slots);
    }),
    { seed: 5 },
  );
});

test("over many seeds every order of three arms comes about equally often", () => {
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 6000; seed++) {
    const order = schedule(String(seed), ["a", "b", "c"], ["s"], 1)
      .map((slot) => slot.arm)
      .join("");
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  expect(seen.size).toBe(6);
  // Six binomial counts of mean 1000 and standard deviation 29.
  for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test("blocks have orders of their own", () => {
  const slots = schedule("seed", ["a", "b", "c", "d", "e", "f"], ["s"], 8);
  const orders = new Set(
    Array.from({ length: 8 }, (_, block) =>
      slots
        .filter((slot) => slot.block === block)
        .map((slot) => slot.arm)
        .join(""),
    ),
  );
  expect(orders.size).toBeGreaterThan(4);
});
