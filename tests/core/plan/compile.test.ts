import { formatAddress } from "../../../core/net/address.ts";
import { formatCidr } from "../../../core/net/cidr.ts";
import { compile } from "../../../core/plan/compile.ts";
import { internet } from "../../../core/plan/internet.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import type { Grant, InterfacePlan, ServerPlan } from "../../../core/plan/types.ts";
import { describeGrant, describeProfiles } from "../../../core/render/describe.ts";
import { renderMatrixText } from "../../../core/render/matrix.ts";
import { renderPlanJson } from "../../../core/render/plan-json.ts";
import { cidr, domainOf, type Sketch } from "../../support/domain.ts";

const TWO = {
  servers: {
    router: { address: "192.168.1.1", interfaces: { wg0: ["10.66.0.0/24", "fd00:66::/64"] } },
    nas: { address: "8.8.4.4", interfaces: { wg1: ["198.41.0.0/24"], wg2: ["10.67.0.0/24"] } },
  },
  subnets: { lan: ["192.168.1.0/24"], "branch-lan": ["192.168.50.0/24"], wide: ["192.168.0.0/16"] },
  profiles: { admin: ["lan", "internet", "self"], guest: ["internet tcp/443"], site: ["branch-lan", "wide icmp"] },
  bindings: {
    "admin router/wg0": { laptop: {}, branch: { subnets: ["branch-lan"] } },
    "site router/wg0": { phone: {} },
    "admin nas/wg1": { runner: {} },
    "site nas/wg2": { tablet: {} },
  },
} satisfies Sketch;

/** Two tunnels of one server and one of another, with a site behind a client of the first. */
const CROSSED = {
  servers: {
    router: { address: "192.168.1.1", interfaces: { wg0: ["10.66.0.0/24"], wg1: ["10.66.1.0/24"] } },
    nas: { address: "192.168.1.2", interfaces: { wg2: ["10.67.0.0/24"] } },
  },
  subnets: { "branch-lan": ["192.168.50.0/24"], wide: ["192.168.0.0/16"], tunnels: ["10.66.0.0/23", "10.67.0.0/24"] },
  profiles: { site: ["branch-lan", "wide icmp", "tunnels"], gateway: ["self"] },
  bindings: {
    "site router/wg0": { phone: {} },
    "gateway router/wg0": { branch: { subnets: ["branch-lan"] } },
    "site router/wg1": { tablet: {} },
    "site nas/wg2": { tv: {} },
  },
} satisfies Sketch;

function plansOf(sketch: Sketch): readonly ServerPlan[] {
  const { plans, problems } = compile(domainOf(sketch), emptyLock);
  expect(problems).toEqual([]);
  return plans;
}

function interfaceAt(sketch: Sketch, path: string): InterfacePlan {
  const found = plansOf(sketch)
    .flatMap((plan) => plan.interfaces)
    .find((wg) => wg.path === path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
}

function grantAt(sketch: Sketch, path: string, origin: string): Grant {
  const grants = interfaceAt(sketch, path).groups.flatMap((group) => group.grants);
  const found = grants.find((grant) => grant.origin === origin);
  if (found === undefined) throw new Error(`no ${origin}; there are ${grants.map((grant) => grant.origin)}`);
  return found;
}

// The order of all else in a file is gone with the file: see the test of it beside the loader.
test("the plan is the same to the byte whatever the order of a profile's lines", () => {
  const lines = Object.entries(TWO.profiles).map(([name, reach]) => [name, reach.toReversed()]);
  expect(renderPlanJson(plansOf({ ...TWO, profiles: Object.fromEntries(lines) }))).toBe(renderPlanJson(plansOf(TWO)));
});

test("another client adds its own lines to the plan and changes no other", () => {
  const more = {
    ...TWO,
    bindings: { ...TWO.bindings, "admin router/wg0": { ...TWO.bindings["admin router/wg0"], zoe: {} } },
  };
  const before = renderPlanJson(plansOf(TWO)).split("\n");
  const after = renderPlanJson(plansOf(more)).split("\n");
  const kept = after.slice();
  for (const line of before) {
    const at = kept.indexOf(line);
    expect(at).toBeGreaterThanOrEqual(0);
    kept.splice(at, 1);
  }
  expect(kept.join("\n")).toContain("router/wg0/zoe");
});

test("the server has the first host of every network, and a client one number in all of them", () => {
  const wg = interfaceAt(TWO, "router/wg0");
  expect(wg.addresses.map(formatAddress)).toEqual(["10.66.0.1", "fd00:66::1"]);
  expect(wg.peers.map((peer) => [peer.name, peer.host, ...peer.addresses.map(formatAddress)])).toEqual([
    ["branch", 2, "10.66.0.2", "fd00:66::2"],
    ["laptop", 3, "10.66.0.3", "fd00:66::3"],
    ["phone", 4, "10.66.0.4", "fd00:66::4"],
  ]);
});

test("a site is in its client's AllowedIPs and in the routes of the interface", () => {
  const wg = interfaceAt(TWO, "router/wg0");
  expect(wg.peers[0]?.allowedIps.map(formatCidr)).toEqual(["10.66.0.2/32", "192.168.50.0/24", "fd00:66::2/128"]);
  expect(wg.routes.map(formatCidr)).toEqual(["192.168.50.0/24"]);
});

test("subnets that overlap behind one client make the plan of the wider alone", () => {
  const subnets = { ...TWO.subnets, depot: ["192.168.50.128/25"] };
  const bindings = {
    ...TWO.bindings,
    "admin router/wg0": { laptop: {}, branch: { subnets: ["depot", "branch-lan"] } },
  };
  const both = compile(domainOf({ ...TWO, subnets, bindings }), emptyLock);
  const once = compile(domainOf({ ...TWO, subnets }), emptyLock);
  expect(both.problems).toEqual([]);
  expect(renderPlanJson(both.plans)).toBe(renderPlanJson(once.plans));
});

test("keys are named by path and epoch, the pre-shared key by an epoch of its own", () => {
  const sketch = { ...TWO, bindings: { "admin router/wg0": { laptop: { epoch: 3, pskEpoch: 2 } } } };
  const [laptop] = interfaceAt(sketch, "router/wg0").peers;
  expect(laptop?.key).toEqual({ kind: "derived", name: { path: "router/wg0/laptop", epoch: 3 } });
  expect(laptop?.presharedKey).toEqual({ path: "router/wg0/laptop", epoch: 2 });
});

test("a target never includes another tunnel's network, nor a site behind another tunnel of the same server", () => {
  const texts = (path: string, name: string) =>
    grantAt(CROSSED, path, `profiles.site.reach.${name}`).destinations.map(formatCidr);
  expect(texts("router/wg0", "branch-lan")).toEqual(["192.168.50.0/24"]);
  expect(texts("router/wg1", "branch-lan")).toEqual([]);
  expect(texts("router/wg0", "tunnels")).toEqual(["10.66.0.0/24"]);
  expect(texts("router/wg0", "wide")).toEqual(["192.168.0.0/16"]);
  expect(texts("nas/wg2", "wide")).toEqual(["192.168.0.0/16"]);
  expect(texts("router/wg1", "wide")).toContain("192.168.51.0/24");
  expect(texts("router/wg1", "wide")).not.toContain("192.168.50.0/24");
});

test("a site of another server is no tunnel of this one: what it fronts may be the LAN that this server is in", () => {
  const sketch: Sketch = {
    servers: {
      hub: { address: "203.0.113.7", interfaces: { wg0: ["10.66.0.0/24"] } },
      router: { address: "192.168.1.1", interfaces: { wg0: ["10.66.1.0/24"] } },
    },
    subnets: { lan: ["192.168.1.0/24"] },
    profiles: { user: ["lan"], gateway: ["self"] },
    bindings: {
      "user hub/wg0": { phone: {} },
      "gateway hub/wg0": { home: { subnets: ["lan"] } },
      "user router/wg0": { phone: {} },
    },
    expect: ["router/wg0/phone > 192.168.1.10 allow", "hub/wg0/phone > 192.168.1.10 allow"],
  };
  expect(grantAt(sketch, "router/wg0", "profiles.user.reach.lan").destinations).toEqual([cidr("192.168.1.0/24")]);
});

test("the internet leaves out the sites of every server", () => {
  const sketch = { ...TWO, subnets: { ...TWO.subnets, "branch-lan": ["93.184.216.0/24"] } };
  for (const path of ["router/wg0", "nas/wg1"]) {
    const grant = grantAt(sketch, path, "profiles.admin.reach.internet");
    expect([covers(grant, "93.184.216.1"), covers(grant, "93.184.217.1")]).toEqual([false, true]);
  }
});

const covers = (grant: Grant, text: string): boolean => {
  const { family, value } = cidr(`${text}/${text.includes(":") ? 128 : 32}`);
  return grant.destinations.some((network) => {
    const shift = BigInt((family === 4 ? 32 : 128) - network.length);
    return network.family === family && network.value >> shift === value >> shift;
  });
};

test("the internet leaves out special ranges, every tunnel, and the server's own address", () => {
  const grant = grantAt(TWO, "nas/wg1", "profiles.admin.reach.internet");
  const dual = grantAt(TWO, "router/wg0", "profiles.admin.reach.internet");
  for (const open of ["1.1.1.1", "8.8.8.8", "198.41.1.0"]) expect(covers(grant, open)).toBe(true);
  for (const open of ["8.8.4.4", "2606:4700:4700::1111"]) expect(covers(dual, open)).toBe(true);
  expect(covers(grant, "8.8.4.4")).toBe(false);
  const closed =
    "0.0.0.1 10.0.0.1 100.64.0.1 127.0.0.1 169.254.1.1 172.31.255.255 192.0.0.9 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 255.255.255.255 :: ::1 64:ff9b::1 100::1 2001:db8::1 2001::1 2002::1 3fff::1 5f00::1 fc00::1 fd00:66::5 fe80::1 fec0::1 ff02::1 198.41.0.77";
  for (const text of closed.split(" ")) expect([text, covers(dual, text)]).toEqual([text, false]);
});

test("a target has only the families of its interface, in the plan and in all that shows it", () => {
  const sketch: Sketch = {
    servers: { nas: { address: "192.168.1.2", interfaces: { wg0: ["10.66.0.0/24"] } } },
    subnets: { v6pub: ["2001:4860::/32"], both: ["192.168.1.0/24", "fd00:1::/64"] },
    profiles: { all: ["v6pub", "both", "internet"] },
    bindings: { "all nas/wg0": { n: {} } },
  };
  const [group] = interfaceAt(sketch, "nas/wg0").groups;
  expect(new Set(group?.grants.flatMap((grant) => grant.destinations.map(({ family }) => family)))).toEqual(
    new Set([4]),
  );
  expect(group?.grants.map(describeGrant)).toEqual(["internet everything", "both everything", "v6pub -"]);
  const [plan] = plansOf({
    ...sketch,
    servers: { nas: { address: "192.168.1.2", interfaces: { wg0: ["10.66.0.0/24"], wg1: ["fd00:66::/64"] } } },
    bindings: { "all nas/wg0": { n: {} }, "all nas/wg1": { m: {} } },
  });
  expect(plan && describeProfiles(plan).get("all")).toEqual([
    "internet everything",
    "both everything",
    "v6pub everything",
  ]);
  expect(renderMatrixText(plansOf(sketch)).split("\n")[2]).toMatch(/^ {2}n {7}all {6}everything {2}everything {2}-$/);
});

test("together, the internet and the special ranges are all there is, once", () => {
  const size = (family: 4 | 6): bigint =>
    internet([])
      .filter((network) => network.family === family)
      .reduce((sum, network) => sum + (1n << BigInt((family === 4 ? 32 : 128) - network.length)), 0n);
  // From the registries, by hand: 2^24 each for 0/8, 10/8 and 127/8, and so on down to the /24s.
  const special4 = 3n * 2n ** 24n + 2n ** 22n + 2n * 2n ** 16n + 2n ** 20n + 2n ** 17n + 8n * 2n ** 8n + 2n * 2n ** 28n;
  expect(size(4)).toBe(2n ** 32n - special4);
  const lengths6 = [128, 128, 96, 96, 48, 64, 64, 23, 32, 16, 48, 20, 16, 7, 10, 10, 8];
  expect(size(6)).toBe(2n ** 128n - lengths6.reduce((sum, length) => sum + (1n << BigInt(128 - length)), 0n));
});

test("lines of one target are one line of the table, with their ports together", () => {
  const sketch = {
    ...TWO,
    profiles: { ...TWO.profiles, site: ["lan tcp/90-99 icmp", "lan tcp/80-89 udp/53", "lan tcp/95-120 tcp/130"] },
  };
  expect(grantAt(sketch, "router/wg0", "profiles.site.reach.lan").ports).toEqual([
    { protocol: "icmp", first: 0, last: 0 },
    { protocol: "tcp", first: 80, last: 120 },
    { protocol: "tcp", first: 130, last: 130 },
    { protocol: "udp", first: 53, last: 53 },
  ]);
  const open = { ...TWO, profiles: { ...TWO.profiles, site: ["lan tcp/90", "lan"] } };
  expect(grantAt(open, "router/wg0", "profiles.site.reach.lan").ports).toEqual([]);
});

test("a site that is another server's tunnel is a source and no target: that tunnel lets nobody in", () => {
  const sketch: Sketch = {
    ...TWO,
    subnets: { ...TWO.subnets, "nas-clients": ["10.67.0.0/24", "172.20.0.0/24"] },
    profiles: { ...TWO.profiles, site: ["nas-clients"] },
    bindings: { ...TWO.bindings, "admin router/wg0": { laptop: {}, nas: { subnets: ["nas-clients"] } } },
  };
  const wg = interfaceAt(sketch, "router/wg0");
  expect(grantAt(sketch, "router/wg0", "profiles.site.reach.nas-clients").destinations).toEqual([
    cidr("172.20.0.0/24"),
  ]);
  expect(wg.peers.find(({ name }) => name === "nas")?.allowedIps.map(formatCidr)).toContain("10.67.0.0/24");
});

test("expectations that hold are silent", () => {
  const expect_ = [
    "router/wg0/laptop > 192.168.1.10 tcp/22 allow",
    "router/wg0/laptop > 1.1.1.1 allow",
    "router/wg0/laptop > self allow",
    "router/wg0/phone > self deny",
    "router/wg0/phone > 192.168.50.1 allow",
    "router/wg0/laptop > router/wg0/phone deny",
    "router/wg0/phone > nas/wg2/tablet tcp/1-65535 deny",
  ];
  expect(compile(domainOf({ ...TWO, expect: expect_ }), emptyLock).problems).toEqual([]);
});

test.each([
  ["router/wg0/phone > 192.168.50.1 tcp/22 deny", "profiles.site.reach.branch-lan opens branch-lan completely"],
  ["router/wg0/phone > 192.168.1.9 deny", "profiles.site.reach.wide opens wide on icmp"],
  ["router/wg0/phone > 192.168.1.9 allow", "profiles.site.reach.wide opens wide on icmp and nothing else"],
  ["router/wg0/phone > self tcp/22 allow", "nothing in profile site reaches 10.66.0.1"],
  ["router/wg0/laptop > self deny", "profiles.admin.reach.self opens self completely"],
  ["router/wg0/laptop > router/wg0/phone allow", "nothing in profile admin reaches 10.66.0.4"],
  ["nas/wg1/runner > 2606:4700::1 allow", "nas/wg1/runner has no IPv6 address"],
  ["nas/wg2/tablet > 192.168.60.1 udp/53 allow", "profiles.site.reach.wide opens wide on icmp and nothing else"],
  ["router/wg0/laptop > router/wg0/laptop deny", "10.66.0.3 is router/wg0/laptop itself, or behind it"],
  ["router/wg0/branch > 192.168.50.7 deny", "192.168.50.7 is router/wg0/branch itself, or behind it"],
])("%s is a problem at its place, with the rule that decides", (line, rule) => {
  const sketch = { ...TWO, expect: ["router/wg0/laptop > 192.168.1.10 allow", line] };
  const { problems } = compile(domainOf(sketch), emptyLock);
  expect(problems).toMatchObject([{ code: "expectation", path: "expect[1]", line: 201, column: 5 }]);
  expect(problems[0]?.message).toContain(rule);
});

const CROSSING = "and nothing passes from one tunnel into another";

test.each([
  [
    "router/wg1/tablet > 192.168.50.1 allow",
    `profile site names branch-lan, but 192.168.50.1 is behind router/wg0/branch, ${CROSSING}`,
  ],
  [
    "router/wg1/tablet > router/wg0/phone allow",
    `profile site names tunnels, but 10.66.0.3 is in the tunnel network of router/wg0, ${CROSSING}`,
  ],
  [
    "router/wg1/tablet > 10.67.0.9 allow",
    `profile site names tunnels, but 10.67.0.9 is in the tunnel network of nas/wg2, ${CROSSING}`,
  ],
  ["router/wg1/tablet > 192.168.7.1 allow", "opens wide on icmp and nothing else"],
  ["router/wg1/tablet > 10.68.0.1 allow", "nothing in profile site reaches 10.68.0.1"],
])("%s: where the profile names what another tunnel holds, that is the reason", (line, rule) => {
  const { problems } = compile(domainOf({ ...CROSSED, expect: [line] }), emptyLock);
  expect(problems[0]?.message).toContain(rule);
});

test("a holding wider than what the profile names withholds no more than that", () => {
  const sketch = {
    ...CROSSED,
    subnets: { ...CROSSED.subnets, host: ["192.168.50.7/32"] },
    profiles: { ...CROSSED.profiles, site: ["host"] },
  };
  const reasonFor = (to: string) =>
    compile(domainOf({ ...sketch, expect: [`router/wg1/tablet > ${to} allow`] }), emptyLock).problems[0]?.message;
  expect(reasonFor("192.168.50.7")).toContain(`profile site names host, but 192.168.50.7 is behind router/wg0/branch`);
  expect(reasonFor("192.168.50.8")).toContain("nothing in profile site reaches 192.168.50.8");
});

test("what all tunnels hold is gathered once: 2,000 servers that reach the internet and 20 subnets", () => {
  const numbers = Array.from({ length: 2000 }, (_, i) => i);
  const near = Array.from({ length: 20 }, (_, i) => `near-${i}`);
  const domain = domainOf({
    servers: Object.fromEntries(
      numbers.map((i) => [
        `s${i}`,
        { address: `9.9.${i >> 8}.${i & 255}`, interfaces: { wg0: [`10.${i >> 8}.${i & 255}.0/24`] } },
      ]),
    ),
    subnets: Object.fromEntries(near.map((name, i) => [name, [`192.168.${i}.0/24`]])),
    profiles: { user: ["internet", ...near] },
    bindings: Object.fromEntries(numbers.map((i) => [`user s${i}/wg0`, { a: {} }])),
  });
  const began = performance.now();
  const { plans } = compile(domain, emptyLock);
  // 0.5 s on a machine at work; when every interface walked the whole domain, 21 s.
  expect(performance.now() - began).toBeLessThan(10_000);
  const grants = plans[7]?.interfaces[0]?.groups[0]?.grants ?? [];
  expect(grants.map(({ name }) => name)).toEqual(["internet", ...near.toSorted()]);
  const own = plans[7]?.address;
  expect(own && grants[0] && covers(grants[0], formatAddress(own))).toBe(false);
  expect(grants[0] && covers(grants[0], "9.9.200.7")).toBe(true);
});
