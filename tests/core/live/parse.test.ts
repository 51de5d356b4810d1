import fc from "fast-check";
import { parseProbe } from "../../../core/live/parse/parse.ts";
import type { LiveInterface, LiveLink } from "../../../core/live/types.ts";
import { deviceOf, keys, liveOf, planOf, probeText } from "../../support/live.ts";

const seed = { seed: 20240611 };
const live = liveOf(planOf(4));
const changed: LiveInterface = {
  ...live,
  name: "wg1",
  record: {
    generation: 9,
    revision: "",
    digest: "",
    owner: "a".repeat(32),
    identity: "",
    pending: { revision: "b".repeat(16), digest: "e".repeat(64) },
    documentMac: "c".repeat(64),
  },
  policy: {
    state: "changed",
    want: ['chain input: iifname "wg1" drop'],
    have: ["chain input: accept", "set x: 10.0.0.0/8"],
  },
};
const PENDING = `pending ${"b".repeat(16)} 42 ${"e".repeat(64)}`;
const device = { ...deviceOf(live, changed), others: ["inet fence forward forward 1", "ip filter INPUT input 2"] };
const text = probeText(device);
const lines = text.split("\n").slice(0, -1);

function faultOf(answer: string): string | undefined {
  const { device, fault } = parseProbe(answer);
  expect((device === undefined) !== (fault === undefined)).toBe(true);
  return fault;
}

/** The same answer with one line in place of another, and the right count at its end. */
function withLine(found: string, ...replaced: readonly string[]): string {
  const body = lines.slice(0, -1).flatMap((line) => (line === found ? replaced : [line]));
  return `${[...body, `end ${body.length}`].join("\n")}\n`;
}

test("what the probe says of a device is read back whole", () => {
  expect(parseProbe(text)).toEqual({ device });
});

test("an interface that was never applied, and a device without helper, read back", () => {
  const {
    helper: _helper,
    helperRevision: _revision,
    ...bare
  } = deviceOf({ name: "wg0", policy: { state: "none" }, sysctls: new Map() });
  expect(parseProbe(probeText(bare))).toEqual({ device: bare });
});

test("an answer cut after any character is a fault", () => {
  for (let length = 0; length < text.length; length++) expect(faultOf(text.slice(0, length))).toBeDefined();
});

test("an answer that lost any one line is a fault", () => {
  for (const lost of lines.keys()) expect(faultOf(`${lines.filter((_, i) => i !== lost).join("\n")}\n`)).toBeDefined();
});

test("an answer with any one line twice is a fault, even when the count is right", () => {
  for (const line of new Set(lines.slice(0, -1))) {
    if (/^(address|route|policy-)/.test(line)) continue; // the helper prints these as it finds them
    expect(`${line}: ${faultOf(withLine(line, line, line))}`).toContain("not understood");
  }
});

test("an answer with two lines of different kinds exchanged is a fault", () => {
  const kind = (i: number): string => (lines[i] ?? "").split(" ", 1)[0] ?? "";
  for (let i = 0; i < lines.length - 1; i++) {
    if (kind(i) === kind(i + 1)) continue;
    const exchanged = lines.with(i, lines[i + 1] ?? "").with(i + 1, lines[i] ?? "");
    expect(`${lines[i]}: ${faultOf(`${exchanged.join("\n")}\n`)}`).not.toContain("undefined");
  }
});

test("a required line that is missing is named", () => {
  for (const keyword of ["uptime", "clock", "helper", "boot"]) {
    const line = lines.find((candidate) => candidate.startsWith(`${keyword} `)) ?? "";
    expect(faultOf(withLine(line))).toContain(`lacks its ${keyword} line`);
  }
  expect(faultOf(withLine(`mark ${keys.owner}`))).toContain("lacks the mark line of wg0");
  expect(faultOf(withLine("port 51820"))).toContain("lacks the key, port or fwmark line of wg0");
});

test("an empty answer is a fault, never a device without interfaces", () => {
  for (const empty of ["", "\n", "  \n\n"]) expect(faultOf(empty)).toContain("empty");
});

test.each([
  ["uptime 12345", "uptime -1"],
  ["uptime 12345", "uptime 012"],
  ["uptime 12345", "uptime 1e3"],
  ["uptime 12345", "uptime 99999999999999999999"],
  ["uptime 12345", "uptime  12345"],
  ["uptime 12345", "uptime"],
  ["uptime 12345", "Uptime 12345"],
  ["boot initd ok", "boot initd fine"],
  ["boot initd ok", "boot initd ok ok"],
  ["boot initd ok", "boot initd"],
  ["tool wg wg v1.0", "tool wg"],
  ["tool wg wg v1.0", `tool wg ${"v".repeat(201)}`],
  ["tool wg wg v1.0", "tool ../wg v1"],
  ["interface wg0", "interface wg0;reboot"],
  ["interface wg0", "interface wg1"],
  ["interface wg0", "interface a-name-of-16-byt"],
  ["interface wg0", "interface "],
  [`mark ${keys.owner}`, "mark wirewright"],
  [`mark ${keys.owner}`, `mark ${keys.owner} x`],
  ["port 51820", "port 65536"],
  ["port 51820", "port 0x50"],
  ["fwmark 0", "fwmark off"],
  ["fwmark 0", "fwmark 4294967296"],
  ["address 10.66.0.1/16", "address 10.66.0.1"],
  ["address 10.66.0.1/16", "address 10.66.0.1/33"],
  ["address 10.66.0.1/16", "address 010.66.0.1/16"],
  ["address 10.66.0.1/16", "address 10.66.0.1/016"],
  ["route 192.168.1.0/24 0", "route 192.168.1.1/24 0"],
  ["route 192.168.1.0/24 0", "route 192.168.1.0/24"],
  ["route 192.168.1.0/24 0", "route 192.168.1.0/24 0 "],
  ["route 192.168.1.0/24 0", "route 192.168.1.0/24 tos 0x10"],
  ["route 192.168.1.0/24 0", "route 192.168.1.0/24 0 tos  0x10"],
  ["route 192.168.1.0/24 0", "route 192.168.1.0/24 0 tos 0x10 "],
  ["route 192.168.1.0/24 0", "route 192.168.1.0/24 0 via $(id)"],
  ["route 192.168.1.0/24 0", "route 192.168.1.0/24 0 tos 0x10, 10.0.0.0/8"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 "],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 forever"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 temporary temporary"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 scope"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 scope a,b"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 temporary peer 10.66.0.99/32"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 peer"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 peer 10.66.0.99"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 peer 10.66.0.99/33"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 peer fd00:66::9/128"],
  ["address 10.66.0.1/16", "address 10.66.0.1/16 peer 10.66.0.98/32 peer 10.66.0.99/32"],
  ["policy same", "policy perhaps"],
  ["policy same", "policy same\npolicy-have something"],
  [PENDING, PENDING.replace("42", "-3")],
  [PENDING, `${PENDING} `],
  [PENDING, "pending bbbbbbbbbbbbbbbb 42"],
  [PENDING, "private-key AAAA"],
  [`document ${"c".repeat(64)}`, "document -"],
  ["directory closed", "directory ajar"],
  ["other inet fence forward forward 1", "other inet fence forward forward"],
  ["connected6 yes", "connected6 1"],
  ["connected 10.66.0.1/16", "connected fd00:66::1/64"],
])("%j is refused when it reads %j", (found, hostile) => {
  expect(lines).toContain(found);
  expect(faultOf(withLine(found, ...hostile.split("\n")))).toMatch(/not understood/);
});

test("a peer line is refused when any field is odd", () => {
  const peer = lines.find((line) => line.startsWith("peer ")) ?? "";
  const fields = peer.split(" ");
  const odd = [
    [1, "AAAA"],
    [1, "-"],
    [1, `${"A".repeat(42)}B=`],
    [1, `${"_".repeat(43)}=`],
    [2, "A".repeat(64)],
    [2, "ab"],
    [3, "65536"],
    [3, "off"],
    [4, "example.net:1"],
    [4, "1.2.3.4"],
    [4, "[::1]:99999999"],
    [5, "-"],
    [5, "1.5"],
    [6, "10.0.0.1/8"],
    [6, "10.66.0.2/32,"],
    [6, "10.66.0.2"],
    [6, "-,10.66.0.2/32"],
  ] as const;
  for (const [at, hostile] of odd) {
    expect(faultOf(withLine(peer, fields.with(at, hostile).join(" ")))).toContain("not understood");
  }
  for (const at of fields.keys()) expect(faultOf(withLine(peer, fields.toSpliced(at, 1).join(" ")))).toBeDefined();
  expect(faultOf(withLine(peer, `${peer} more`))).toContain("not understood");
});

test("spelling and order of what a device reports do not matter", () => {
  const peer = lines.find((line) => line.startsWith("peer ") && line.includes("192.168.1.0/24")) ?? "";
  const spelled = peer.replace(/ [^ ]*$/, " 192.168.1.0/24,FD00:66:0:0::3/128,10.66.0.3/32");
  expect(spelled).not.toBe(peer);
  expect(parseProbe(withLine(peer, spelled))).toEqual({ device: device });
});

test("a link-local address is the kernel's own and is left out", () => {
  const withLocal = withLine("address 10.66.0.1/16", "address fe80::1/64", "address 10.66.0.1/16");
  expect(parseProbe(withLocal)).toEqual({ device: device });
});

test("a route with an unusual metric shows it", () => {
  const answer = parseProbe(withLine("route 192.168.1.0/24 0", "route 192.168.1.0/24 50"));
  expect(answer.device?.interfaces.get("wg0")?.link?.routes).toEqual(["192.168.1.0/24 metric 50"]);
});

/** The link of wg0 when the line of its route, or its IPv4 address, is these instead. */
function linkWith(found: string, ...replaced: readonly string[]): LiveLink | undefined {
  expect(lines).toContain(found);
  return parseProbe(withLine(found, ...replaced)).device?.interfaces.get("wg0")?.link;
}

test("routes show what a planned one never has, in one order whatever the device's", () => {
  const hops = "nexthop dev wg0 weight 1 nexthop via 192.168.1.10 dev lan0 weight 255";
  const printed = [
    "route 192.168.1.0/24 50 src 192.168.7.1",
    "route 192.168.1.0/24 0 tos 0x10",
    "route 192.168.1.0/24 0",
    `route 192.168.1.0/24 0 ${hops}`,
    `route 10.0.0.0/8 0 ${"a".repeat(4096)}`,
  ];
  const shown = [
    `10.0.0.0/8 ${"a".repeat(4096)}`,
    "192.168.1.0/24",
    `192.168.1.0/24 ${hops}`,
    "192.168.1.0/24 tos 0x10",
    "192.168.1.0/24 metric 50 src 192.168.7.1",
  ];
  expect(linkWith("route 192.168.1.0/24 0", ...printed)?.routes).toEqual(shown);
  expect(linkWith("route 192.168.1.0/24 0", ...printed.toReversed())?.routes).toEqual(shown);
});

test("more than 4096 characters behind a route are refused, in one word or in many", () => {
  for (const words of ["a".repeat(4097), "a ".repeat(2049).trimEnd()]) {
    expect(faultOf(withLine("route 192.168.1.0/24 0", `route 192.168.1.0/24 0 ${words}`))).toContain("not understood");
  }
});

test("addresses show that they go from point to point, will go, are not global, or have another broadcast address", () => {
  const printed = [
    "address 10.66.0.1/24 temporary",
    "address 10.66.0.1/24 scope host",
    "address 10.66.0.1/24 broadcast 10.66.0.2",
    "address 10.66.0.1/32 peer 10.66.0.99/32 temporary",
    "address 10.66.0.1/32 peer 10.66.0.99/32",
    "address fd00:66::2/128 peer FD00:66:0::9/128",
    "address fe80::1/64 temporary",
  ];
  const shown = [
    "10.66.0.1/24 broadcast 10.66.0.2",
    "10.66.0.1/24 scope host",
    "10.66.0.1/24 temporary",
    "10.66.0.1/32 peer 10.66.0.99/32",
    "10.66.0.1/32 peer 10.66.0.99/32 temporary",
    "fd00:66::1/64",
    "fd00:66::2/128 peer fd00:66::9/128",
  ];
  expect(linkWith("address 10.66.0.1/16", ...printed)?.addresses).toEqual(shown);
  expect(linkWith("address 10.66.0.1/16", ...printed.toReversed())?.addresses).toEqual(shown);
});

test("hostile text never throws, never parses, and can't act on a terminal through the fault", () => {
  const noise = fc.string({ unit: "binary" });
  const spoiled = fc
    .tuple(fc.nat(text.length), fc.nat(20), noise)
    .map(([at, cut, insert]) => text.slice(0, at) + insert + text.slice(at + cut))
    .filter((candidate) => candidate !== text);
  fc.assert(
    fc.property(fc.oneof(noise, spoiled), (answer) => {
      const { device, fault } = parseProbe(answer);
      if (fault !== undefined) {
        expect(fault).toMatch(/^[ -~…]+$/);
        expect(fault.length).toBeLessThan(300);
      }
      // A spoiled number or version may still be a proper answer, but only one with the same frame.
      if (device !== undefined) expect(answer).toMatch(/^wirewright-probe 1\n[ -~\n]*\nend \d+\n$/);
    }),
    { ...seed, numRuns: 2000 },
  );
});

test("too long an answer or line is refused before it is read", () => {
  expect(faultOf("x".repeat(33 * 1024 * 1024))).toContain("over 32 MB");
  expect(faultOf(withLine("uptime 12345", `uptime ${"1".repeat(70_000)}`))).toContain("too long");
});

test("what lives by itself reads the same whatever it says: uptime, endpoints, handshakes, the seconds left to confirm", () => {
  const later = text
    .replace("uptime 12345", "uptime 99")
    .replace(PENDING, PENDING.replace(" 42 ", " 7 "))
    .replace(/^(peer .*) 198\.51\.100\.50:40000 1700000000 /m, "$1 [fd00::9]:5 1700000077 ")
    .replaceAll(" 198.51.100.50:40000 1700000000 ", " - 0 ");
  expect(later.split("\n").filter((line) => !text.includes(line)).length).toBeGreaterThan(4);
  expect(parseProbe(later)).toEqual({ device });
});

test("an answer with 10,000 peers is read whole", () => {
  const plan = planOf(2);
  const one = liveOf(plan);
  const link = one.link ?? fail();
  const template = [...link.peers.values()][0] ?? fail();
  const peers = Array.from({ length: 10_000 }, (_, i) => {
    const publicKey = `${i.toString(36).padStart(42, "A")}A=`;
    const allowedIps = [`10.${66 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}/32`, `fd00:66::1:${i.toString(16)}/128`];
    return { ...template, publicKey, allowedIps };
  });
  const many = { ...one, link: { ...link, peers: new Map(peers.map((peer) => [peer.publicKey, peer])) } };
  expect(parseProbe(probeText(deviceOf(many)))).toEqual({ device: deviceOf(many) });
});

function fail(): never {
  throw new Error("the test's own data is incomplete");
}
