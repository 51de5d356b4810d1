import { formatCidr } from "../../../core/net/cidr.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import { clientRoutes, decide, opening, ownerOf } from "../../../core/plan/policy.ts";
import type { InterfacePlan, PeerPlan } from "../../../core/plan/types.ts";
import { address, domainOf, port, type Sketch } from "../../support/domain.ts";
import { lookCounter } from "../../support/looks.ts";
import { fuzzPolicy } from "../../support/policy-fuzz.ts";

const LAN = {
  servers: {
    router: {
      address: "192.168.1.1",
      endpoint: "203.0.114.9",
      interfaces: { wg0: ["10.66.0.0/24", "fd00:66::/64"], wg1: ["10.67.0.0/24"] },
    },
  },
  subnets: {
    lan: ["192.168.1.0/24", "fd00:1::/64"],
    cameras: ["192.168.7.0/24"],
    "branch-lan": ["192.168.50.0/24"],
    office: ["203.0.114.0/24"],
  },
  profiles: {
    admin: ["lan", "internet", "self", "branch-lan"],
    media: ["lan tcp/443 tcp/8000-8100 icmp"],
    chat: ["peers tcp/5000"],
    all: ["internet", "lan", "cameras", "peers", "self", "branch-lan", "office"],
    none: [],
  },
  bindings: {
    "admin router/wg0": { laptop: {} },
    "media router/wg0": { tv: {}, branch: { subnets: ["branch-lan"] } },
    "chat router/wg0": { phone: {} },
    "all router/wg1": { other: {} },
    "none router/wg1": { nobody: {} },
  },
} satisfies Sketch;

interface Home {
  readonly wg0: InterfacePlan;
  readonly wg1: InterfacePlan;
}

function home(sketch: Sketch = LAN): Home {
  const { plans, problems } = compile(domainOf(sketch), emptyLock);
  expect(problems).toEqual([]);
  const [wg0, wg1] = plans[0]?.interfaces ?? [];
  if (wg0 === undefined || wg1 === undefined) throw new Error("two interfaces were sketched");
  return { wg0, wg1 };
}

function peerOf(plan: InterfacePlan, name: string): PeerPlan {
  const peer = plan.peers.find((one) => one.name === name);
  if (peer === undefined) throw new Error(`no client ${name}`);
  return peer;
}

/** `laptop 192.168.1.10 tcp/22` */
function verdict(text: string, { wg0, wg1 } = home()): string {
  const [name = "", to = "", traffic = ""] = text.split(" ");
  const plan = [wg0, wg1].find((wg) => wg.peers.some((peer) => peer.name === name)) ?? wg0;
  const [protocol = "", number = "0"] = traffic.split("/");
  const from = name.includes(".") || name.includes(":") ? address(name) : peerOf(plan, name);
  return decide(plan, { from, to: address(to), protocol, port: Number(number) }).verdict;
}

test.each([
  "laptop 192.168.1.10 tcp/22",
  "laptop 192.168.1.10 gre",
  "laptop fd00:1::10 udp/53",
  "laptop 10.66.0.1 tcp/22",
  "laptop fd00:66::1 icmp",
  "laptop 192.168.1.1 tcp/22", // the router's own address in a LAN that the profile names
  "laptop 1.1.1.1 udp/53",
  "laptop 2606:4700:4700::1111 icmp",
  "laptop 192.168.50.9 tcp/80",
  "tv 192.168.1.10 tcp/443",
  "tv 192.168.1.10 tcp/8050",
  "tv fd00:1::10 icmp",
  "192.168.50.7 192.168.1.10 tcp/443", // from behind branch: judged as branch
  "phone 10.66.0.2 tcp/5000",
  "other 203.0.114.9 tcp/22", // the server's endpoint: named by a subnet, which internet alone would not open
])("%s passes", (text) => expect(verdict(text)).toBe("allow"));

test.each([
  "tv 192.168.1.10 tcp/22",
  "tv 192.168.1.10 tcp/7999",
  "tv 192.168.1.10 tcp/8101",
  "tv 192.168.1.10 udp/443",
  "tv 192.168.1.10 gre",
  "tv 10.66.0.1 icmp",
  "tv 1.1.1.1 tcp/443",
  "tv 192.168.50.9 tcp/443", // not even its own profile's site neighbour
  "laptop 192.168.7.10 tcp/554",
  "laptop 10.66.0.3 tcp/22",
  "laptop 10.67.0.2 tcp/22", // internet is no private range
  "laptop 203.0.114.9 tcp/22", // nor the server's own public address
  "laptop 224.0.0.251 udp/5353",
  "laptop fe80::1 icmp",
  "laptop 64:ff9b::c0a8:10a tcp/22", // a private address in IPv6 clothes
  "phone 10.66.0.2 tcp/5001",
  "phone 10.66.0.1 tcp/5000", // the server lies in the network and is no peer
  "phone 192.168.50.9 tcp/5000", // a site is no peer
  "other 192.168.50.9 tcp/22", // behind a client of another interface
  "other fd00:1::10 tcp/22", // no IPv6 on that interface
  "nobody 192.168.1.10 icmp",
  "10.66.0.99 192.168.1.10 tcp/443", // spoofed: nobody's address
  "192.168.1.10 192.168.1.11 tcp/443",
  "fd00:66::1 fd00:1::10 tcp/443", // the server's own address is no client's
  "10.66.0.3 fd00:1::10 tcp/443", // one packet has one family
])("%s is dropped", (text) => expect(verdict(text)).toBe("deny"));

test("a verdict names the line that decides", () => {
  const { wg0 } = home();
  const ask = (name: string, to: string, protocol: string, number: number) =>
    decide(wg0, { from: peerOf(wg0, name), to: address(to), protocol, port: number });
  expect(ask("laptop", "192.168.1.10", "tcp", 22)).toEqual({
    verdict: "allow",
    reason: "profiles.admin.reach.lan opens lan completely",
  });
  expect(ask("tv", "192.168.1.10", "tcp", 22)).toEqual({
    verdict: "deny",
    reason: "profiles.media.reach.lan opens lan on icmp, tcp/443, tcp/8000-8100 and nothing else",
  });
  expect(ask("tv", "10.66.0.1", "tcp", 22)).toEqual({
    verdict: "deny",
    reason: "nothing in profile media reaches 10.66.0.1",
  });
});

test("a range of ports is open when all of it is, whichever lines open the parts", () => {
  const sketch = {
    ...LAN,
    profiles: { ...LAN.profiles, media: ["lan tcp/80-90", "lan tcp/91-100 udp/1", "cameras tcp/1"] },
  };
  const { wg0 } = home(sketch);
  const open = (to: string, text?: string) =>
    opening(wg0, peerOf(wg0, "tv"), address(to), text === undefined ? undefined : port(text)).open;
  expect(open("192.168.1.10", "tcp/80-100")).toBe("all");
  expect(open("192.168.1.10", "tcp/85-101")).toBe("some");
  expect(open("192.168.1.10", "tcp/101-200")).toBe("none");
  expect(open("192.168.1.10", "udp/1-2")).toBe("some");
  expect(open("192.168.1.10")).toBe("some");
  expect(open("192.168.1.10", "icmp")).toBe("none");
  expect(open("192.168.9.9")).toBe("none");
});

test("of 300 lines few are looked at for each of 300 addresses", () => {
  const each = Array.from({ length: 300 }, (_, i) => [`n${i}`, `172.16.${i >> 8}.${i & 255}`] as const);
  const subnets = { ...LAN.subnets, ...Object.fromEntries(each.map(([name, net]) => [name, [`${net}/32`]])) };
  const profiles = { ...LAN.profiles, all: each.map(([name]) => name) };
  const { wg1 } = home({ ...LAN, subnets, profiles });
  const { counted, looks } = lookCounter();
  const groups = wg1.groups.map((group) => ({ ...group, grants: group.grants.map(counted) }));
  const other = peerOf(wg1, "other");
  for (const [name, net] of each) {
    const [grant, ...more] = opening({ ...wg1, groups }, other, address(net)).grants;
    expect([grant?.name, more]).toEqual([name, []]);
  }
  expect(looks()).toBeGreaterThan(0); // else nothing was counted
  expect(looks()).toBeLessThan(300 * 50);
});

test("where several lines cover one address, the reason names all that decide, each with what it opens", () => {
  const sketch = {
    ...LAN,
    subnets: { ...LAN.subnets, host: ["192.168.1.10/32"], pair: ["192.168.1.10/31"] },
    profiles: { ...LAN.profiles, media: ["lan tcp/80-90", "host tcp/91-100 udp/53", "pair icmp"] },
  };
  const { wg0 } = home(sketch);
  const why = (text: string) => {
    const { open, grants, reason } = opening(wg0, peerOf(wg0, "tv"), address("192.168.1.10"), port(text));
    return [open, grants.map((grant) => grant.name).join(" "), reason];
  };
  const [lan, host, pair] = [
    "profiles.media.reach.lan opens lan on tcp/80-90",
    "profiles.media.reach.host opens host on tcp/91-100, udp/53",
    "profiles.media.reach.pair opens pair on icmp",
  ];
  expect(why("tcp/80-100")).toEqual(["all", "host lan", `${host} and ${lan}`]);
  expect(why("tcp/85")).toEqual(["all", "lan", lan]);
  expect(why("tcp/22")).toEqual(["none", "host lan pair", `${host} and ${lan} and ${pair} and nothing else`]);
  expect(why("tcp/85-101")).toEqual(["some", "host lan pair", `${host} and ${lan} and ${pair} and nothing else`]);
});

const routesOf = (plan: InterfacePlan, name: string): string[] =>
  clientRoutes(plan, peerOf(plan, name)).map(formatCidr);

test("a full tunnel takes both families, whatever the interface has", () => {
  const { wg0, wg1 } = home();
  expect(routesOf(wg0, "laptop")).toEqual(["0.0.0.0/0", "::/0"]);
  expect(routesOf(wg1, "other")).toEqual(["0.0.0.0/0", "::/0"]);
});

test("a client routes what it reaches and who may reach it, in its families, and never its own site", () => {
  const { wg0, wg1 } = home();
  // Everybody may be called through the profile chat, and so has to accept the network as a source; nobody from the site.
  const callers = ["10.66.0.0/24", "fd00:66::/64"];
  expect(routesOf(wg0, "tv")).toEqual(["10.66.0.0/24", "192.168.1.0/24", "fd00:1::/64", "fd00:66::/64"]);
  expect(routesOf(wg0, "branch")).toEqual(["10.66.0.0/24", "192.168.1.0/24", "fd00:1::/64", "fd00:66::/64"]);
  expect(routesOf(wg0, "phone")).toEqual(callers);
  expect(routesOf(wg1, "nobody")).toEqual(["10.67.0.0/24"]);
  const alone = home({ ...LAN, bindings: { "none router/wg1": { nobody: {} }, "media router/wg0": { tv: {} } } });
  expect(routesOf(alone.wg1, "nobody")).toEqual([]);
  expect(routesOf(alone.wg0, "tv")).toEqual(["192.168.1.0/24", "fd00:1::/64"]);
});

const SITES = {
  ...LAN,
  subnets: { "branch-lan": ["192.168.50.0/24", "fd00:50::/64"], north: ["192.168.60.0/24"] },
  profiles: { friends: ["peers"], staff: ["north"], gateway: ["self"], four: ["net4"] },
} satisfies Sketch;

test("a site is in the AllowedIPs of those whom its gateway may call, and of nobody else", () => {
  const routes = (bindings: Sketch["bindings"]) => {
    const domain = domainOf({
      ...SITES,
      subnets: { ...SITES.subnets, net4: ["10.66.0.0/24"] },
      bindings: bindings ?? {},
    });
    const wg0 = compile(domain, emptyLock).plans[0]?.interfaces[0];
    return Object.fromEntries(wg0?.peers.map(({ name }) => [name, routesOf(wg0, name).join(" ")]) ?? []);
  };
  const branch = { branch: { subnets: ["branch-lan"] } };
  const networks = "10.66.0.0/24 fd00:66::/64";
  expect(routes({ "friends router/wg0": { a: {}, b: {} }, "gateway router/wg0": branch })).toEqual({
    a: networks,
    b: networks,
    branch: networks,
  });
  expect(
    routes({
      "staff router/wg0": { a: {} },
      "gateway router/wg0": { ...branch, n: { subnets: ["north"] } },
    }),
  ).toEqual({ a: "192.168.60.0/24", n: networks, branch: "10.66.0.1/32 fd00:66::1/128" });
  expect(routes({ "friends router/wg0": { a: {}, ...branch } })).toEqual({
    a: "10.66.0.0/24 192.168.50.0/24 fd00:50::/64 fd00:66::/64",
    branch: networks,
  });
  // Its gateway may call in IPv4 alone, so nothing comes from the IPv6 half of the site.
  expect(routes({ "four router/wg0": branch, "gateway router/wg0": { a: {} } }).a).toBe(
    "10.66.0.0/24 192.168.50.0/24 fd00:66::/64",
  );
});

test("two hubs may each have a gateway of one site, and each goes through its own", () => {
  const hub = (last: number, tunnel: string) => ({ address: `192.0.2.${last}`, interfaces: { wg0: [tunnel] } });
  const site = { gateway: { subnets: ["branch-lan"] } };
  const domain = domainOf({
    servers: { a: hub(1, "10.1.0.0/24"), b: hub(2, "10.2.0.0/24") },
    subnets: { "branch-lan": ["192.168.50.0/24"] },
    profiles: { staff: ["branch-lan"], out: ["internet"], gateway: ["self"] },
    bindings: {
      "staff a/wg0": { phone: {} },
      "gateway a/wg0": site,
      "staff b/wg0": { phone: {} },
      "out b/wg0": { guest: {} },
      "gateway b/wg0": site,
    },
    expect: ["a/wg0/phone > 192.168.50.7 allow", "b/wg0/phone > 192.168.50.7 allow", "b/wg0/guest > 192.168.50.7 deny"],
  });
  const { plans, problems } = compile(domain, emptyLock);
  expect(problems).toEqual([]);
  for (const { server, interfaces } of plans) {
    const [wg0] = interfaces;
    if (wg0 === undefined) throw new Error("an interface was sketched");
    expect(wg0.routes.map(formatCidr)).toEqual(["192.168.50.0/24"]);
    expect(routesOf(wg0, "phone")).toEqual(["192.168.50.0/24"]);
    expect(routesOf(wg0, "gateway")).toEqual([server === "a" ? "10.1.0.0/24" : "10.2.0.0/24"]);
    expect(ownerOf(wg0, address("192.168.50.7"))?.path).toBe(`${server}/wg0/gateway`);
  }
});

test("what a client may send to, its AllowedIPs let through: 500 places, both families", () => {
  const { wg0, wg1 } = home();
  for (const plan of [wg0, wg1]) {
    for (const peer of plan.peers) {
      const routes = clientRoutes(plan, peer);
      const places = plan.groups.flatMap((group) => group.grants.flatMap((grant) => grant.destinations));
      for (const to of places) {
        const isOpen = opening(plan, peer, to).open !== "none" && !peer.subnets.some((own) => own.value === to.value);
        const isRouted = routes.some(({ family, value, length }) => {
          const shift = BigInt((family === 4 ? 32 : 128) - length);
          return family === to.family && value >> shift === to.value >> shift;
        });
        if (isOpen) expect(isRouted).toBe(true);
      }
    }
  }
});

test("the compiled policy agrees with a naive reading of the file on 200,000 random packets", () => {
  const result = fuzzPolicy(200_000, 20260104);
  expect(result.disagreements).toEqual([]);
  expect(result.lookups).toBe(200_000);
  // Both verdicts occur often enough for the agreement to mean something.
  expect(result.allowed).toBeGreaterThan(10_000);
});
