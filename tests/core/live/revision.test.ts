import fc from "fast-check";
import { isSettled, revision } from "../../../core/live/revision.ts";
import type { Difference } from "../../../core/live/types.ts";

const mtu: Difference = { property: "mtu", want: "1420", have: "1337", severity: "wrong" };
const clock: Difference = { property: "clock", want: "now", have: "1970", severity: "informational" };
const settled = {
  generation: 3,
  deviceRevision: "00112233aabbccdd",
  desired: "d".repeat(64),
  differences: [],
  salt: "s",
};

test("with nothing to repair the revision is the device's own, whatever the salt", () => {
  expect(revision(settled)).toBe(settled.deviceRevision);
  expect(revision({ ...settled, salt: "t" })).toBe(settled.deviceRevision);
  expect(revision({ ...settled, differences: [clock] })).toBe(settled.deviceRevision);
});

test("anything to repair gives 16 new hex digits that depend on every part of the observation", () => {
  const base = { ...settled, differences: [mtu] };
  const variants = [
    base,
    { ...base, generation: 4 },
    { ...base, deviceRevision: "ffffffffffffffff" },
    { ...base, desired: "e".repeat(64) },
    { ...base, differences: [{ ...mtu, have: "1338" }] },
    { ...base, differences: [mtu, clock] },
  ].map(revision);
  expect(new Set([...variants, settled.deviceRevision]).size).toBe(variants.length + 1);
  for (const one of variants) expect(one).toMatch(/^[0-9a-f]{16}\.[0-9]+$/);
  expect(revision(base)).toBe(variants[0]);
});

test("a device that was emptied or restored never gets a revision that it had before", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), fc.constantFrom("", settled.deviceRevision), (first, later, deviceRevision) => {
      fc.pre(first !== later);
      const observed = { generation: 0, deviceRevision, desired: "d", differences: [mtu] };
      expect(revision({ ...observed, salt: first })).not.toBe(revision({ ...observed, salt: later }));
    }),
    { seed: 7, numRuns: 100 },
  );
});

test("a device that knows no revision is never taken as settled", () => {
  expect(revision({ ...settled, deviceRevision: "" })).toMatch(/^[0-9a-f]{16}\.[0-9]+$/);
});

test("only informational differences leave a device settled", () => {
  expect([[], [clock], [mtu], [clock, mtu], [{ ...mtu, severity: "foreign" as const }]].map(isSettled)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
