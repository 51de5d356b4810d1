import fc from "fast-check";
import { addressBits, formatAddress } from "../../../core/net/address.ts";
import {
  type Cidr,
  compareCidr,
  contains,
  covers,
  formatCidr,
  hostAddress,
  hostCapacity,
  overlaps,
  parseCidr,
  toCidr,
} from "../../../core/net/cidr.ts";
import { aggregate, subtract } from "../../../core/net/cidr-set.ts";
import { address, cidr, crowdedCidr, seeded } from "./arbitraries.ts";

test.each([
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["::/0", "::/0"],
  ["192.168.1.7/32", "192.168.1.7/32"],
  ["FD00:0:0::/64", "fd00::/64"],
])("%s is the network %s", (text, canonical) => {
  expect(formatCidr(cidr(text))).toBe(canonical);
});

test.each([
  ["10.1.2.3/8", "host-bits", "10.0.0.0/8"],
  ["fd00::1/64", "host-bits", "fd00::/64"],
  ["10.0.0.1/0", "host-bits", "0.0.0.0/0"],
  ["10.0.0.1", "syntax", "10.0.0.1/32"],
  ["fd00::1", "syntax", "fd00::1/128"],
  ["10.0.0.0/33", "syntax", undefined],
  ["::/129", "syntax", undefined],
  ["10.0.0.0/-1", "syntax", undefined],
  ["10.0.0.0/08", "syntax", undefined],
  ["10.0.0.0/", "syntax", undefined],
  ["10.0.0.0/8/8", "syntax", undefined],
  ["10.0.0.0/8 ", "syntax", undefined],
  ["10.0.0.0/1e1", "syntax", undefined],
  ["10.0.0.0/255.0.0.0", "syntax", undefined],
  ["/8", "syntax", undefined],
  ["", "syntax", undefined],
])("%j is refused as %s, suggestion %s", (text, fault, suggestion) => {
  const parsed = parseCidr(text);
  expect([parsed.fault, parsed.fault && parsed.suggestion]).toEqual([fault, suggestion]);
});

test("covers, overlaps and contains agree with enumeration", () => {
  const hosts = (c: Cidr): Set<string> =>
    new Set(
      Array.from({ length: 2 ** (addressBits(c.family) - c.length) }, (_, n) => formatAddress(hostAddress(c, n))),
    );
  fc.assert(
    fc.property(crowdedCidr, crowdedCidr, (a, b) => {
      const [inA, inB] = [hosts(a), hosts(b)];
      expect(covers(a, b)).toBe([...inB].every((host) => inA.has(host)));
      expect(overlaps(a, b)).toBe([...inB].some((host) => inA.has(host)));
      expect(contains(a, b)).toBe(inA.has(formatAddress(b)));
    }),
    { ...seeded, numRuns: 150 },
  );
});

test("subtract keeps exactly the addresses in no hole, sorted, without overlap, in the fewest networks", () => {
  const member = (set: readonly Cidr[], host: Cidr): boolean => set.some((c) => covers(c, host));
  fc.assert(
    fc.property(
      fc.array(crowdedCidr),
      fc.array(crowdedCidr, { maxLength: 4 }),
      fc.array(crowdedCidr),
      (from, holes, hosts) => {
        const kept = subtract(from, holes);
        for (const host of [...hosts, ...from, ...holes].map(toCidr)) {
          expect(member(kept, host)).toBe(member(from, host) && !member(holes, host));
        }
        expect([...kept].sort(compareCidr)).toEqual(kept);
        for (const [i, a] of kept.entries()) for (const b of kept.slice(i + 1)) expect(overlaps(a, b)).toBe(false);
        for (const [i, a] of kept.slice(1).entries()) {
          const before = kept[i] ?? a;
          const parent = cidrAbove(before);
          expect(
            before.length === a.length && before.family === a.family && parent !== undefined && covers(parent, a),
          ).toBe(false);
        }
        expect(aggregate(kept)).toEqual(kept);
      },
    ),
    seeded,
  );
});

function cidrAbove(c: Cidr): Cidr | undefined {
  const size = 1n << BigInt(addressBits(c.family) - c.length + 1);
  return c.length === 0 ? undefined : { family: c.family, value: (c.value / size) * size, length: c.length - 1 };
}

test("everything minus the private ranges is the public internet, and back", () => {
  const holes = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"].map(cidr);
  const all = ["0.0.0.0/0", "::/0"].map(cidr);
  const open = subtract(all, holes);
  expect(
    open
      .filter((c) => c.family === 4)
      .map(formatCidr)
      .slice(0, 3),
  ).toEqual(["0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8"]);
  expect(aggregate([...open, ...holes])).toEqual(all);
  expect(subtract(all, all)).toEqual([]);
});

test.each([
  ["10.0.0.0/24", 254],
  ["10.0.0.0/30", 2],
  ["10.0.0.0/31", 0],
  ["10.0.0.0/32", 0],
  ["0.0.0.0/0", 2 ** 32 - 2],
  ["fd00::/127", 1],
  ["fd00::/128", 0],
  ["fd00::/64", Number.MAX_SAFE_INTEGER],
])("the highest host number of %s is %s", (text, capacity) => {
  expect(hostCapacity(cidr(text))).toBe(capacity);
});

test("host numbers count from the base, and outside the network is a bug", () => {
  expect(formatAddress(hostAddress(cidr("10.0.0.0/24"), 255))).toBe("10.0.0.255");
  expect(formatAddress(hostAddress(cidr("fd00:66::/64"), 16))).toBe("fd00:66::10");
  for (const n of [256, -1, 1.5, Number.NaN]) expect(() => hostAddress(cidr("10.0.0.0/24"), n)).toThrow(RangeError);
});

test("a host network holds its address and nothing else", () => {
  fc.assert(
    fc.property(address, address, (a, b) => {
      expect(contains(toCidr(a), a)).toBe(true);
      expect(contains(toCidr(a), b)).toBe(formatAddress(a) === formatAddress(b));
    }),
    seeded,
  );
});
