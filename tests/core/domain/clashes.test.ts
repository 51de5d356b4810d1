import fc from "fast-check";
import { load } from "../../../core/domain/load.ts";
import type { Report } from "../../../core/domain/place.ts";
import { clashesBetween, clashesWithin } from "../../../core/domain/rules/clashes.ts";
import { type Cidr, covers, networkOf, overlaps } from "../../../core/net/cidr.ts";
import { crowdedCidr, seeded } from "../net/arbitraries.ts";

interface Item {
  readonly cidr: Cidr;
  readonly owner: number;
  /** Its line is all that the path says. */
  readonly path: readonly [line: number];
}

const BASE = { family: 4, value: 0x0a000000n } as const;
const items = fc
  .array(fc.tuple(crowdedCidr, fc.nat(2), fc.nat()), { maxLength: 25 })
  .map((list) => list.map(([cidr, owner, key]) => ({ cidr, owner, key })))
  .map((list) => {
    const lines = list.map(({ key }, i) => ({ key, i })).sort((a, b) => a.key - b.key || a.i - b.i);
    return list.map(({ cidr, owner }, i): Item => ({ cidr, owner, path: [lines.findIndex((line) => line.i === i)] }));
  });

const report: Report = {
  add: () => {},
  position: ([line]) => ({ line: Number(line), column: 1 }),
  names: () => undefined,
  problems: [],
  faulty: [],
};

type Conflict = (one: Item, other: Item) => boolean;

/** By comparing every two: the later ones, each with the earlier ones that it conflicts with. */
function slowly(all: readonly Item[], conflict: Conflict): Map<Item, Item[]> {
  const found = all.map((later) => {
    const earlier = all.filter((one) => one.path[0] < later.path[0] && overlaps(one.cidr, later.cidr));
    return [later, earlier.filter((one) => conflict(one, later))] as const;
  });
  return new Map(found.filter(([, earlier]) => earlier.length > 0));
}

function expectTold(clashes: readonly (readonly [Item, Item])[], expected: ReadonlyMap<Item, readonly Item[]>): void {
  expect(new Set(clashes.map(([, later]) => later))).toEqual(new Set(expected.keys()));
  expect(clashes).toHaveLength(expected.size);
  for (const [told, later] of clashes) {
    const earlier = expected.get(later) ?? [];
    expect(earlier).toContain(told);
    const around = earlier.filter(({ cidr }) => covers(cidr, later.cidr)).map(({ path }) => path[0]);
    expect(told.path[0]).toBeLessThanOrEqual(Math.min(...around));
  }
}

test("every network that conflicts with an earlier one is told once, of the earliest around it", () => {
  const conflict: Conflict = (one, other) => one.owner !== other.owner;
  fc.assert(
    fc.property(items, (all) => expectTold(clashesWithin(all, conflict, report), slowly(all, conflict))),
    seeded,
  );
});

test("the same between two lists, where not every two conflict", () => {
  const [isFirst, isMet] = [
    (item: Item) => item.owner === 0,
    (one: Item, other: Item) => one.cidr.value !== other.cidr.value,
  ];
  const conflict: Conflict = (one, other) => isFirst(one) !== isFirst(other) && isMet(one, other);
  fc.assert(
    fc.property(items, (all) => {
      const [firsts, seconds] = [all.filter(isFirst), all.filter((item) => !isFirst(item))];
      expectTold(clashesBetween(firsts, seconds, isMet, report), slowly(all, conflict));
    }),
    seeded,
  );
});

/** Line and column of each problem of this code. */
const places = (text: string, code: string): string[] =>
  load(text)
    .problems.filter((problem) => problem.code === code)
    .map(({ line, column }) => `${line}:${column}`);

test("of three tunnels and of three sites in one another, the second and the third are told in one go", () => {
  const text = `version: 1
servers:
  a:
    address: 192.0.2.1
    interfaces:
      wg0: { port: 1, network: [10.1.0.0/24] }
      wg1: { port: 2, network: [10.1.0.128/25] }
      wg2: { port: 3, network: [10.1.0.0/24] }
subnets: { s1: [192.168.40.0/24], s2: [192.168.40.0/25], s3: [192.168.40.0/24] }
profiles: { p: { reach: [self] } }
bindings:
  - profile: p
    interface: a/wg0
    clients:
      c1: { subnets: [s1] }
      c2: { subnets: [s2] }
      c3: { subnets: [s3] }
`;
  expect(places(text, "network-overlap")).toEqual(["7:33", "8:33"]);
  expect(places(text, "site-overlap")).toEqual(["16:23", "17:23"]);
});

test("every subnet around one tunnel is told in one go", () => {
  const text = `version: 1
servers:
  a: { address: 192.0.2.1, interfaces: { wg0: { port: 1, network: [10.1.0.0/24] } } }
subnets:
  wide: [10.0.0.0/8]
  same: [10.1.0.0/24]
  half: [10.1.0.0/25]
  near: [10.1.0.0/16]
`;
  expect(places(text, "network-overlap")).toEqual(["5:10", "6:10", "7:10", "8:10"]);
});

test("of 10,000 networks in 10,000 others few are compared, whichever stand first in the file", () => {
  const netsOf = (length: number, from: number) =>
    Array.from({ length: 10_000 }, (_, i): Item => ({ cidr: networkOf(BASE, length), owner: i, path: [from + i] }));
  let compared = 0;
  const conflict: Conflict = (one, other) => {
    compared++;
    return one !== other;
  };
  const [wide, first, last] = [netsOf(24, 0), netsOf(25, -10_000), netsOf(25, 10_000)];
  expect(clashesWithin(wide, conflict, report)).toHaveLength(9_999);
  expect(clashesBetween(wide, first, conflict, report)).toHaveLength(10_000);
  expect(clashesBetween(wide, last, conflict, report)).toHaveLength(10_000);
  expect(compared).toBeLessThan(50_000);
});
