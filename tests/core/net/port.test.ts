import fc from "fast-check";
import { comparePortRange, formatPortRange, parsePortRange } from "../../../core/net/port.ts";
import { seeded } from "./arbitraries.ts";

test("ranges read back as written", () => {
  const port = fc.integer({ min: 1, max: 65535 });
  fc.assert(
    fc.property(fc.constantFrom("tcp", "udp"), port, port, (protocol, a, b) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const text = first === last ? `${protocol}/${first}` : `${protocol}/${first}-${last}`;
      const range = parsePortRange(text);
      expect(range).toEqual({ protocol, first, last });
      expect(range && formatPortRange(range)).toBe(text);
    }),
    seeded,
  );
  expect(parsePortRange("icmp")).toEqual({ protocol: "icmp", first: 0, last: 0 });
  expect(formatPortRange({ protocol: "icmp", first: 0, last: 0 })).toBe("icmp");
});

test.each([
  "",
  "tcp",
  "tcp/",
  "tcp/0",
  "tcp/65536",
  "tcp/022",
  "tcp/1e3",
  "tcp/0x16",
  "tcp/22-",
  "tcp/-22",
  "tcp/30-20",
  "tcp/1-65536",
  "icmp/8",
  "ICMP",
  "TCP/22",
  "sctp/22",
  "300/1",
  "22",
  "tcp/22,443",
  "tcp/22 ",
  "tcp/22\n",
  "tcp/1-2-3",
  "tcp/22.5",
])("%j is no port range", (text) => {
  expect(parsePortRange(text)).toBeUndefined();
});

test("sorting puts the wider of two ranges with one start first", () => {
  const ranges = ["udp/1", "tcp/80", "icmp", "tcp/80-90", "tcp/22"]
    .map((t) => parsePortRange(t))
    .filter((r) => r !== undefined);
  expect(ranges.sort(comparePortRange).map(formatPortRange)).toEqual([
    "icmp",
    "tcp/22",
    "tcp/80-90",
    "tcp/80",
    "udp/1",
  ]);
});
