import { load } from "../../../core/domain/load.ts";
import { contains } from "../../../core/net/cidr.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import type { Probe } from "../../../lab/proof/probe.ts";
import { sampleProbes } from "../../../lab/proof/sample.ts";
import { TWO_TUNNELS } from "../../support/two-tunnels.ts";

function plansOf(text: string) {
  const { domain } = load(text);
  if (!domain) throw new Error("the domain of this test has problems");
  return compile(domain, emptyLock).plans.flatMap((server) => server.interfaces);
}

const plans = plansOf(TWO_TUNNELS);
const peers = plans.flatMap((plan) => plan.peers.map((peer) => ({ plan, peer })));
const drawn = (seed: number) => sampleProbes(plans, { seed, pairs: 24, landmarks: [], usable: () => true });
const samples = Array.from({ length: 50 }, (_, seed) => drawn(seed));

/** Client path of another tunnel to which a probe goes, and whether to the client itself. */
const beyond = (probes: readonly Probe[]) =>
  probes.flatMap((probe) => {
    const owner = peers.find(({ peer }) => peer.allowedIps.some((cidr) => contains(cidr, probe.to)));
    return owner && owner.plan !== probe.plan
      ? [{ probe, owner: owner.peer, isHost: owner.peer.addresses.some(({ value }) => value === probe.to.value) }]
      : [];
  });

test("each sample goes from both tunnels into the other, a few times and never with leave", () => {
  for (const probes of samples) {
    const found = beyond(probes);
    expect(new Set(found.map(({ probe }) => probe.plan.name))).toEqual(new Set(["wg0", "wg1"]));
    expect(found.length).toBeGreaterThanOrEqual(4);
    expect(found.length).toBeLessThanOrEqual(24 / 4);
    expect(found.filter(({ probe }) => probe.verdict === "allow")).toEqual([]);
  }
});

test("in time it gets to every client that we can be and to every site, with each protocol and family", () => {
  const found = samples.flatMap(beyond);
  expect(new Set(found.map(({ owner, isHost }) => `${owner.name}${isHost ? "" : " site"}`))).toEqual(
    new Set(["laptop", "desk", "tv", "branch", "branch site", "roamer", "visitor", "shed", "shed site"]),
  );
  const ways = found.map(({ probe: { protocol, to } }) => `${protocol} ${to.family}`);
  expect(new Set(ways).size).toBe(6);
});

test("what comes to every fourth pair comes to both tunnels", () => {
  const tunnels = (kind: readonly Probe[]) => new Set(kind.map(({ plan }) => plan.name));
  for (const probes of samples) {
    expect(tunnels(probes.filter((probe) => probe.spoof))).toEqual(new Set(["wg0", "wg1"]));
    expect(tunnels(probes.filter((probe) => probe.to.value >> 118n === 0x3fan))).toEqual(new Set(["wg0", "wg1"]));
  }
});

test("lies are told in the name of the other tunnel's clients too", () => {
  const isForeign = (probe: Probe) =>
    peers.some(
      ({ plan, peer }) => plan !== probe.plan && peer.addresses.some(({ value }) => value === probe.spoof?.value),
    );
  const lies = samples.flat().filter((probe) => probe.spoof);
  expect(lies.filter(isForeign).length).toBeGreaterThan(lies.length / 10);
  expect(lies.filter(isForeign).length).toBeLessThan(lies.length);
});
