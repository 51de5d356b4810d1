import fc from "fast-check";
import { medianInterval } from "../../../bench/stats/median-interval.ts";
import { median } from "../../../bench/stats/quantile.ts";

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });

test("the interval does not depend on order, holds the median, and keeps to scale", () => {
  fc.assert(
    fc.property(values, (all) => {
      const [least, most] = medianInterval(all) ?? [Number.NaN, Number.NaN];
      const middle = median(all) ?? Number.NaN;
      expect(medianInterval(all.toReversed())).toEqual([least, most]);
      expect(least <= middle && middle <= most).toBe(true);
      expect(medianInterval(all.map((value) => value * 2))).toEqual([least * 2, most * 2]);
    }),
    { seed: 12 },
  );
});

// Tables of the sign test at 95%: so many are left out at either end.
test.each([
  [1, 0],
  [3, 0],
  [5, 0],
  [7, 0],
  [8, 0],
  [9, 1],
  [12, 2],
  [15, 3],
  [25, 7],
])("of %i values %i are left out at either end", (count, dropped) => {
  const all = Array.from({ length: count }, (_, i) => i);
  expect(medianInterval(all)).toEqual([dropped, count - 1 - dropped]);
});

test("nothing has no interval", () => {
  expect(medianInterval([])).toBeUndefined();
});
