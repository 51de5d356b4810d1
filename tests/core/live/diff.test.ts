import fc from "fast-check";
import { diff } from "../../../core/live/diff.ts";
import { parseProbe } from "../../../core/live/parse/parse.ts";
import type { Difference, LiveInterface, LiveLink, LivePeer } from "../../../core/live/types.ts";
import type { Execution, InterfacePlan } from "../../../core/plan/types.ts";
import { deviceOf, execution, keys, liveOf, planOf, probeText, pskMac, salt } from "../../support/live.ts";

const seed = { seed: 20240612 };
const plan = planOf(4);
const live = liveOf(plan);
const link = live.link ?? unreachable();
const rogueKey = `${"R".repeat(42)}A=`;

function unreachable(): never {
  throw new Error("the test's own data is incomplete");
}

function found(changed: LiveInterface | undefined, how: Execution = execution, of: InterfacePlan = plan): Difference[] {
  return diff({ plan: of, keys, execution: how, live: changed, salt });
}

function withLink(changes: Partial<LiveLink>): LiveInterface {
  return { ...live, link: { ...link, ...changes } };
}

function keyOf(client: number): string {
  const peer = plan.peers[client] ?? unreachable();
  return keys.peerPublicKey(peer.key);
}

function withPeer(client: number, changes: Partial<LivePeer>): LiveInterface {
  const publicKey = keyOf(client);
  const peer = link.peers.get(publicKey) ?? unreachable();
  return withLink({ peers: new Map([...link.peers, [publicKey, { ...peer, ...changes }]]) });
}

function withoutPeer(client: number): LiveInterface {
  return withLink({ peers: new Map([...link.peers].filter(([key]) => key !== keyOf(client))) });
}

function rogue(allowedIps: readonly string[]): LivePeer {
  return { publicKey: rogueKey, keepaliveSeconds: 0, allowedIps };
}

const executions = fc.record({
  implementation: fc.constantFrom("kernel" as const, "wireguard-go" as const, "boringtun" as const),
  mtu: fc.integer({ min: 1280, max: 1500 }),
  presharedKeys: fc.constantFrom("on" as const, "off" as const),
});

test("a device that follows its plan differs in nothing, also through the probe's text", () => {
  fc.assert(
    fc.property(fc.nat(12), executions, (clients, changes) => {
      const how = { ...execution, ...changes };
      const own = planOf(clients);
      const exact = liveOf(own, how);
      expect(found(exact, how, own)).toEqual([]);
      const { device, fault } = parseProbe(probeText(deviceOf(exact)));
      expect(fault).toBeUndefined();
      expect(found(device?.interfaces.get("wg0"), how, own)).toEqual([]);
    }),
    { ...seed, numRuns: 30 },
  );
});

test("the order of peers is no difference", () => {
  expect(found(withLink({ peers: new Map([...link.peers].reverse()) }))).toEqual([]);
});

const allowed = "10.66.0.3/32, 192.168.1.0/24, fd00:66::3/128";
const HOPS = "nexthop dev wg0 weight 1 nexthop via 192.168.1.10 dev lan0 weight 255";
const wg = "net.ipv4.conf.wg0.forwarding";
const { record: recorded = unreachable() } = live;

// Mutation, property, want, have, severity: each is the only difference.
test.each<[string, LiveInterface, string, string, string, Difference["severity"]]>([
  ["link set down", withLink({ up: false }), "link.up", "up", "down", "critical"],
  ["MTU changed", withLink({ mtu: 1337 }), "mtu", "1420", "1337", "wrong"],
  [
    "private key replaced",
    withLink({ publicKey: rogueKey }),
    "privateKey",
    keys.publicKey(plan.key),
    rogueKey,
    "critical",
  ],
  ["private key cleared", withLink({ publicKey: "" }), "privateKey", keys.publicKey(plan.key), "none", "critical"],
  ["port changed", withLink({ port: 4000 }), "port", "51820", "4000", "critical"],
  ["fwmark set", withLink({ fwmark: 51820 }), "fwmark", "0", "51820", "wrong"],
  [
    "address removed",
    withLink({ addresses: ["10.66.0.1/16"] }),
    "addresses",
    "10.66.0.1/16, fd00:66::1/64",
    "10.66.0.1/16",
    "critical",
  ],
  [
    "prefix length changed",
    withLink({ addresses: ["10.66.0.1/24", "fd00:66::1/64"] }),
    "addresses",
    "10.66.0.1/16, fd00:66::1/64",
    "10.66.0.1/24, fd00:66::1/64",
    "critical",
  ],
  ["all addresses gone", withLink({ addresses: [] }), "addresses", "10.66.0.1/16, fd00:66::1/64", "none", "critical"],
  ["route removed", withLink({ routes: [] }), "routes", "192.168.1.0/24", "none", "wrong"],
  [
    "route's metric changed",
    withLink({ routes: ["192.168.1.0/24 metric 50"] }),
    "routes",
    "192.168.1.0/24",
    "192.168.1.0/24 metric 50",
    "wrong",
  ],
  [
    "route for one type of service beside the planned one",
    withLink({ routes: ["192.168.1.0/24", "192.168.1.0/24 tos 0x10"] }),
    "routes",
    "192.168.1.0/24",
    "192.168.1.0/24, 192.168.1.0/24 tos 0x10",
    "wrong",
  ],
  [
    "route over two next hops",
    withLink({ routes: [`192.168.1.0/24 ${HOPS}`] }),
    "routes",
    "192.168.1.0/24",
    `192.168.1.0/24 ${HOPS}`,
    "wrong",
  ],
  [
    "route with a metric and a source",
    withLink({ routes: ["192.168.1.0/24 metric 50 src 192.168.7.1"] }),
    "routes",
    "192.168.1.0/24",
    "192.168.1.0/24 metric 50 src 192.168.7.1",
    "wrong",
  ],
  [
    "address from point to point",
    withLink({ addresses: ["10.66.0.1/16 peer 10.66.0.99/32", "fd00:66::1/64"] }),
    "addresses",
    "10.66.0.1/16, fd00:66::1/64",
    "10.66.0.1/16 peer 10.66.0.99/32, fd00:66::1/64",
    "critical",
  ],
  [
    "address with a lifetime",
    withLink({ addresses: ["10.66.0.1/16", "fd00:66::1/64 temporary"] }),
    "addresses",
    "10.66.0.1/16, fd00:66::1/64",
    "10.66.0.1/16, fd00:66::1/64 temporary",
    "critical",
  ],
  ["peer removed", withoutPeer(2), "peers.c2", keyOf(2), "missing", "wrong"],
  [
    "pre-shared key changed",
    withPeer(1, { presharedKeyMac: pskMac("other") }),
    "peers.c1.presharedKey",
    "as planned",
    "different",
    "wrong",
  ],
  [
    "AllowedIPs cut",
    withPeer(1, { allowedIps: ["10.66.0.3/32"] }),
    "peers.c1.allowedIps",
    allowed,
    "10.66.0.3/32",
    "wrong",
  ],
  ["AllowedIPs emptied", withPeer(1, { allowedIps: [] }), "peers.c1.allowedIps", allowed, "none", "wrong"],
  ["keepalive set", withPeer(3, { keepaliveSeconds: 25 }), "peers.c3.keepalive", "off", "25 s", "wrong"],
  ["policy table deleted", { ...live, policy: { state: "missing" } }, "policy", "in place", "missing", "critical"],
  ["policy without baseline", { ...live, policy: { state: "none" } }, "policy", "in place", "missing", "critical"],
  [
    "policy changed beyond lines",
    { ...live, policy: { state: "changed", want: [], have: [] } },
    "policy",
    "as confirmed",
    "changed",
    "critical",
  ],
  [
    "forwarding off",
    { ...live, sysctls: new Map([[wg, { want: "1", have: "0" }]]) },
    `sysctls.${wg}`,
    "1",
    "0",
    "wrong",
  ],
  [
    "sysctl gone",
    { ...live, sysctls: new Map([[wg, { want: "1", have: "" }]]) },
    `sysctls.${wg}`,
    "1",
    "none",
    "wrong",
  ],
  [
    "daemon hung",
    withLink({ answers: false, publicKey: "", port: 0, peers: new Map() }),
    "daemon",
    "answers",
    "does not answer",
    "critical",
  ],
  [
    "another implementation",
    withLink({ implementation: "boringtun" }),
    "implementation",
    "wireguard-go",
    "boringtun",
    "wrong",
  ],
  [
    "unconfirmed change",
    { ...live, record: { ...recorded, pending: { revision: "b".repeat(16), digest: "" } } },
    "pending",
    "none",
    `change ${"b".repeat(16)} awaits confirmation`,
    "wrong",
  ],
  [
    "a bridge wears the name",
    withLink({ kind: "bridge", implementation: "" }),
    "interface",
    "ours",
    "is a bridge, not ours",
    "critical",
  ],
  [
    "another link of ours wears the name",
    withLink({ implementation: "", answers: false }),
    "daemon",
    "its own",
    "none that is its own",
    "critical",
  ],
  [
    "a bare tun wears the name",
    withLink({ implementation: "", answers: false, mark: "" }),
    "interface",
    "ours",
    "is a tun without a WireGuard daemon, not ours",
    "critical",
  ],
  [
    "somebody else's WireGuard took the place of ours",
    withLink({ mark: "" }),
    "interface",
    "ours",
    "is a wireguard-go interface that this project did not make",
    "critical",
  ],
  [
    "another owner's",
    { ...live, record: { ...recorded, owner: "e".repeat(32) } },
    "interface",
    "ours",
    "belongs to another owner, eeeeeeee…",
    "critical",
  ],
])("%s: one difference, named", (_what, changed, property, want, have, severity) => {
  expect(found(changed)).toEqual([{ property, want, have, severity }]);
});

test("what the words behind a route or an address say is a difference through the probe's text too", () => {
  const odd = withLink({
    addresses: ["10.66.0.1/16 temporary", "fd00:66::1/64 peer fd00:66::9/128"],
    routes: ["192.168.1.0/24 metric 50 tos 0x10", `192.168.1.0/24 metric 51 ${HOPS}`],
  });
  const { device, fault } = parseProbe(probeText(deviceOf(odd)));
  expect(fault).toBeUndefined();
  expect(device?.interfaces.get("wg0")).toEqual(odd);
  expect(found(device?.interfaces.get("wg0")).map(({ property }) => property)).toEqual(["addresses", "routes"]);
});

test("an interface that is not there is missing, and only that", () => {
  const { link: _link, ...gone } = live;
  const missing = { property: "interface", want: "wireguard-go", have: "missing", severity: "critical" };
  expect(found(gone)).toEqual([missing]);
  expect(found(undefined)).toEqual([missing]);
  expect(found({ name: "wg0", policy: { state: "none" }, sysctls: new Map() })).toEqual([missing]);
});

test("a first change that awaits confirmation is ours, one that was rolled back leaves nothing", () => {
  const bare = { generation: 1, revision: "", digest: "", owner: "", identity: "" };
  const pending = { revision: "b".repeat(16), digest: "" };
  expect(found({ ...live, record: { ...bare, pending } }).map(({ property }) => property)).toEqual(["pending"]);
  const { link: _link, ...gone } = live;
  expect(found({ ...gone, record: bare })).toEqual(found(undefined));
});

test("a WireGuard interface without our mark is not ours, whatever the record says", () => {
  const have = "is a wireguard-go interface that this project did not make";
  const stranger = { property: "interface", want: "ours", have, severity: "critical" };
  const { record: _record, ...unrecorded } = withLink({ mark: "" });
  expect(found(unrecorded)).toEqual([stranger]);
  expect(found(withLink({ mark: "" }))).toEqual([stranger]);
  const another = { ...stranger, have: "carries the mark of another owner, 00000000…" };
  expect(found(withLink({ mark: "0".repeat(64) }))).toEqual([another]);
});

test("an interface with our mark whose record is lost is ours, and all else of it is still compared", () => {
  const document = { property: "document", want: "as confirmed", have: "missing", severity: "critical" };
  const bare = { generation: 1, revision: "", digest: "", owner: "", identity: "" };
  const { record: _record, ...unrecorded } = live;
  for (const lost of [unrecorded, { ...live, record: bare }]) {
    expect(found(lost)).toEqual([document]);
    const changed = { ...lost, link: { ...link, mtu: 1300 }, policy: { state: "missing" } as const };
    expect(found(changed).map(({ property }) => property)).toEqual(["document", "mtu", "policy"]);
  }
});

test("an unknown peer is foreign and shows its key, and one that stole an address shows at both", () => {
  const alone = withLink({ peers: new Map([...link.peers, [rogueKey, rogue([])]]) });
  expect(found(alone)).toEqual([
    { property: "peers.RRRRRRRR…", want: "absent", have: `${rogueKey} with none`, severity: "foreign" },
  ]);
  const robbed = withPeer(1, { allowedIps: ["192.168.1.0/24", "fd00:66::3/128"] }).link?.peers ?? unreachable();
  const stolen = withLink({ peers: new Map([...robbed, [rogueKey, rogue(["10.66.0.3/32", "10.9.9.9/32"])]]) });
  expect(found(stolen)).toEqual([
    { property: "peers.c1.allowedIps", want: allowed, have: "192.168.1.0/24, fd00:66::3/128", severity: "wrong" },
    {
      property: "peers.RRRRRRRR…",
      want: "absent",
      have: `${rogueKey} with 10.66.0.3/32 of c1, 10.9.9.9/32`,
      severity: "foreign",
    },
  ]);
});

test("a pre-shared key that should not be there, or is not, shows, and never its value or hash", () => {
  const off = { ...execution, presharedKeys: "off" } as const;
  const property = "peers.c0.presharedKey";
  expect(found(live, off)[0]).toEqual({ property, want: "none", have: "set", severity: "wrong" });
  const cleared = { ...(link.peers.get(keyOf(0)) ?? unreachable()) };
  delete (cleared as { presharedKeyMac?: string }).presharedKeyMac;
  const without = withLink({ peers: new Map([...link.peers, [keyOf(0), cleared]]) });
  expect(found(without)).toEqual([{ property, want: "set", have: "none", severity: "wrong" }]);
  const all = JSON.stringify(found(withPeer(0, { presharedKeyMac: pskMac("other") })));
  expect(all).not.toContain(pskMac("other"));
  for (const peer of plan.peers) expect(all).not.toContain(keys.presharedKey(peer.presharedKey));
});

test("each changed line of the policy is one difference of its own name", () => {
  const policy = {
    state: "changed",
    want: ["chain forward: drop"],
    have: ["chain forward: accept", "set x: 10.0.0.0/8"],
  } as const;
  expect(found({ ...live, policy })).toEqual([
    { property: "policy[0]", want: "chain forward: drop", have: "missing", severity: "critical" },
    { property: "policy[1]", want: "absent", have: "chain forward: accept", severity: "critical" },
    { property: "policy[2]", want: "absent", have: "set x: 10.0.0.0/8", severity: "critical" },
  ]);
});

test("whatever happens together is found together, each thing once", () => {
  const mutations: Readonly<Record<string, (live: LiveInterface) => LiveInterface>> = {
    mtu: (to) => ({ ...to, link: { ...(to.link ?? link), mtu: 1300 } }),
    port: (to) => ({ ...to, link: { ...(to.link ?? link), port: 1 } }),
    "link.up": (to) => ({ ...to, link: { ...(to.link ?? link), up: false } }),
    addresses: (to) => ({ ...to, link: { ...(to.link ?? link), addresses: [] } }),
    policy: (to) => ({ ...to, policy: { state: "missing" } }),
    "peers.c2": (to) => dropPeer(to, keyOf(2)),
    "peers.c3": (to) => dropPeer(to, keyOf(3)),
    "peers.RRRRRRRR…": (to) => ({
      ...to,
      link: { ...(to.link ?? link), peers: new Map([...(to.link ?? link).peers, [rogueKey, rogue([])]]) },
    }),
  };
  fc.assert(
    fc.property(fc.shuffledSubarray(Object.keys(mutations)), (chosen) => {
      const changed = chosen.reduce((state, name) => mutations[name]?.(state) ?? state, live);
      expect(
        found(changed)
          .map(({ property }) => property)
          .sort(),
      ).toEqual([...chosen].sort());
    }),
    { ...seed, numRuns: 200 },
  );
});

function dropPeer(to: LiveInterface, key: string): LiveInterface {
  const from = to.link ?? link;
  return { ...to, link: { ...from, peers: new Map([...from.peers].filter(([other]) => other !== key)) } };
}
