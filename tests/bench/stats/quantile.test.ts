import fc from "fast-check";
import { mean, median, quantile } from "../../../bench/stats/quantile.ts";

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });

test("a quantile does not depend on order, lies between the extremes and rises with p", () => {
  fc.assert(
    fc.property(
      values,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, p, q) => {
        const [low, high] = [quantile(all, Math.min(p, q)) ?? Number.NaN, quantile(all, Math.max(p, q)) ?? Number.NaN];
        expect(quantile(all.toReversed(), Math.min(p, q))).toBe(low);
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...all));
        expect(high).toBeLessThanOrEqual(Math.max(...all));
      },
    ),
    { seed: 11 },
  );
});

test("known values, and none for nothing", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
  expect(median([9])).toBe(9);
  expect(mean([1, 2, 6])).toBe(3);
  expect([median([]), mean([])]).toEqual([undefined, undefined]);
});
