import fc from "fast-check";
import { load } from "../../../core/domain/load.ts";
import { contains } from "../../../core/net/cidr.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import { decide, opening } from "../../../core/plan/policy.ts";
import type { InterfacePlan } from "../../../core/plan/types.ts";
import { hasKey, nameOf, type Probe, type SampleOptions } from "../../../lab/proof/probe.ts";
import { controlProbe, sampleProbes } from "../../../lab/proof/sample.ts";
import { TWO_TUNNELS } from "../../support/two-tunnels.ts";
import { VERIFY_DOMAIN } from "../../support/verify-domain.ts";

const plans = plansOf(VERIFY_DOMAIN);
const options = (seed: number, pairs: number): SampleOptions => ({ seed, pairs, landmarks: [], usable: () => true });
const sampled = (seed: number, pairs: number): Probe[] => sampleProbes(plans, options(seed, pairs));
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

function plansOf(text: string): readonly InterfacePlan[] {
  const { domain } = load(text);
  if (!domain) throw new Error("the domain of this test has problems");
  return compile(domain, emptyLock).plans.flatMap((server) => server.interfaces);
}

const check = (holds: (probes: readonly Probe[]) => void) =>
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 40 }), (seed, pairs) => holds(sampled(seed, pairs))),
    { seed: 1, numRuns: 200 },
  );

test("a probe that is not spoofed carries the verdict of the compiled policy", () => {
  check((probes) => {
    for (const { plan, peer, spoof, verdict, ...packet } of probes) {
      if (!spoof) expect(decide(plan, { from: peer, ...packet }).verdict).toBe(verdict);
    }
  });
});

test("a spoofed source is never the client's own, and never allowed", () => {
  check((probes) => {
    for (const { peer, spoof, verdict } of probes.filter((probe) => probe.spoof)) {
      expect(verdict).toBe("deny");
      expect(spoof && peer.allowedIps.some((own) => contains(own, spoof))).toBe(false);
    }
  });
});

test("nobody is asked to send or to answer with a key that only they have", () => {
  const strangers = plans.flatMap((plan) => plan.peers).filter((peer) => !hasKey(peer));
  expect(strangers).toHaveLength(1);
  check((probes) => {
    for (const { peer, to } of probes) {
      expect(hasKey(peer)).toBe(true);
      expect(strangers.some((stranger) => stranger.allowedIps.some((own) => contains(own, to)))).toBe(false);
    }
  });
});

test("nobody is asked to send to themselves through the tunnel", () => {
  check((probes) => {
    for (const { peer, to } of probes) expect(peer.allowedIps.some((own) => contains(own, to))).toBe(false);
  });
});

test("only usable targets are drawn", () => {
  const probes = sampleProbes(plans, { ...options(3, 40), usable: (to) => to.family === 6 });
  expect(probes.length).toBeGreaterThan(0);
  expect(probes.every((probe) => probe.to.family === 6)).toBe(true);
});

test("the same seed draws the same probes, and another seed others", () => {
  expect(sampled(7, 20).map(nameOf)).toEqual(sampled(7, 20).map(nameOf));
  expect(sampled(7, 20).map(nameOf)).not.toEqual(sampled(8, 20).map(nameOf));
});

test("the order of the file changes nothing", () => {
  const clients = /clients:\n {6}laptop: \{\}\n {6}desk: \{\}/;
  const shuffled = VERIFY_DOMAIN.replace(clients, "clients:\n      desk: {}\n      laptop: {}");
  expect(shuffled).not.toBe(VERIFY_DOMAIN);
  expect(sampleProbes(plansOf(shuffled), options(7, 20)).map(nameOf)).toEqual(sampled(7, 20).map(nameOf));
});

test("a sample of the default size has every target, family and protocol, with twins, lies and link-local targets", () => {
  const probes = sampled(1, 24);
  const allowed = probes.filter((probe) => probe.verdict === "allow");
  const denied = probes.filter((probe) => probe.verdict === "deny");
  expect(allowed).toHaveLength(24);
  expect(denied.length).toBeGreaterThanOrEqual(24);
  for (const side of [allowed, denied]) {
    expect(new Set(side.map((probe) => probe.protocol))).toEqual(new Set(["tcp", "udp", "icmp"]));
    expect(new Set(side.map((probe) => probe.to.family))).toEqual(new Set([4, 6]));
  }
  const kinds = allowed.map(({ plan, peer, to, protocol, port }) => {
    const [grant] = opening(plan, peer, to, { protocol, first: port, last: port }).grants;
    return grant?.name;
  });
  expect(new Set(kinds)).toEqual(new Set(["lan", "internet", "self", "peers", "branch-lan"]));
  expect(denied.some((probe) => probe.spoof)).toBe(true);
  expect(denied.some((probe) => probe.to.value >> 118n === 0x3fan)).toBe(true);
});

test("every client that may do anything has an allowed control probe, and only that one", () => {
  for (const plan of plans) {
    for (const peer of plan.peers.filter(hasKey)) {
      const control = controlProbe(plans, { plan, peer }, options(1, 0));
      expect(control).toMatchObject({ peer, verdict: "allow" });
      expect(control?.protocol).not.toBe("icmp");
    }
  }
});

test("a client that may only ping has a ping for its control, one that may call clients alone calls one", () => {
  const modest = VERIFY_DOMAIN.replace(/ {2}media: .*/, "  media: { reach: [{ to: lan, ports: [icmp] }] }")
    .replace(/ {2}mesh: .*/, "  mesh: { reach: [{ to: peers, ports: [tcp/22, icmp] }, { to: self, ports: [icmp] }] }")
    .replace(/ {2}admin: .*/, "  admin: { reach: [{ to: peers, ports: [tcp/22, icmp] }] }")
    .replace(/^expect:.*/ms, "");
  const [plan] = plansOf(modest);
  const controlOf = (name: string) => {
    const peer = plan?.peers.find((one) => one.name === name);
    return plan && peer && controlProbe([plan], { plan, peer }, options(1, 0));
  };
  const address = plan?.addresses[0];
  expect(controlOf("tv")).toMatchObject({ protocol: "icmp", verdict: "allow" });
  // Nobody else has to be up for it.
  expect(controlOf("roamer")).toMatchObject({ protocol: "icmp", to: address });
  expect(controlOf("laptop")).toMatchObject({ protocol: "tcp", port: 22 });
});

test("no control goes to the port of a tunnel, be it another one of that server: WireGuard itself would get it, and is silent", () => {
  const both = plansOf(
    TWO_TUNNELS.replace(/^ {2}mesh: .*/m, "  mesh: { reach: [{ to: self, ports: [udp/51819-51822] }] }").replace(
      /^expect:.*/ms,
      "",
    ),
  );
  const [plan] = both;
  const peer = plan?.peers.find((one) => one.name === "roamer");
  if (plan === undefined || peer === undefined) throw new Error("there is no roamer");
  const ports = Array.from({ length: 200 }, (_, seed) => {
    const control = controlProbe(both, { plan, peer }, options(seed, 0));
    return control?.port;
  });
  expect([...new Set(ports)].sort()).toEqual([51819, 51822]);
});

test("no interfaces and no pairs make no probes", () => {
  expect(sampleProbes([], options(1, 10))).toEqual([]);
  expect(sampled(1, 0)).toEqual([]);
});
