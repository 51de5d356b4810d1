import { isIP } from "node:net";
import fc from "fast-check";
import { compareAddress, formatAddress, isLinkLocal, parseAddress } from "../../../core/net/address.ts";
import { address, seeded } from "./arbitraries.ts";

test.each([
  ["0.0.0.0", "0.0.0.0"],
  ["255.255.255.255", "255.255.255.255"],
  ["10.66.0.1", "10.66.0.1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
  ["fd00:0:0:1:0:0:0:1", "fd00:0:0:1::1"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
])("%s is read and written canonically as %s", (text, canonical) => {
  const parsed = parseAddress(text);
  expect(parsed && formatAddress(parsed)).toBe(canonical);
});

test.each([
  "",
  "1",
  "10.1",
  "10.0.0",
  "10.0.0.0.1",
  "010.0.0.1",
  "10.0.0.01",
  "256.0.0.1",
  "0x0a000001",
  "167772161",
  "10.0.0.1 ",
  " 10.0.0.1",
  "10.0.0.1\n",
  "１０.0.0.1",
  "10.0.0.-1",
  "+1.0.0.1",
  "1.2.3.4/32",
  ":",
  ":::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "1::2::3",
  "::12345",
  "fe80::1%eth0",
  "::ffff:10.0.0.1",
  "::ffff:a00:1",
  "64:ff9b::10.0.0.1",
  "[::1]",
  "fd00::1 ",
  "fd00::1\n",
  "g::1",
  ":1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:",
  "::-1",
  "1:2:3:4:5:6:7:8\u0000",
])("%j is no address", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test("text and value are the same thing, both ways, and Node agrees that it is an address", () => {
  fc.assert(
    fc.property(address, (a) => {
      const text = formatAddress(a);
      expect(parseAddress(text)).toEqual(a);
      expect(isIP(text)).toBe(a.family);
    }),
    seeded,
  );
});

test("the order is total: IPv4 first, then by number", () => {
  fc.assert(
    fc.property(address, address, (a, b) => {
      expect(Math.sign(compareAddress(a, b))).toBe(-Math.sign(compareAddress(b, a)) + 0);
      expect(compareAddress(a, b) === 0).toBe(formatAddress(a) === formatAddress(b));
    }),
    seeded,
  );
  expect(compareAddress({ family: 4, value: 9n }, { family: 6, value: 1n })).toBeLessThan(0);
});

test("link-local is fe80::/10, to both of its ends", () => {
  const texts = ["fe7f:ffff::", "fe80::", "febf:ffff::1", "fec0::", "254.128.0.1"];
  const local = texts.filter((text) => {
    const parsed = parseAddress(text);
    return parsed !== undefined && isLinkLocal(parsed);
  });
  expect(local).toEqual(["fe80::", "febf:ffff::1"]);
});
