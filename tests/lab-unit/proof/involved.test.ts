import { load } from "../../../core/domain/load.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import type { PeerPlan } from "../../../core/plan/types.ts";
import { involved } from "../../../lab/proof/involved.ts";
import type { Probe } from "../../../lab/proof/probe.ts";
import { TWO_TUNNELS } from "../../support/two-tunnels.ts";

const { domain } = load(TWO_TUNNELS);
if (!domain) throw new Error("the domain of this test has problems");
const plans = compile(domain, emptyLock).plans.flatMap((server) => server.interfaces);

/** A probe from one client to another. */
function probeOf(from: string, to: string, verdict: Probe["verdict"]): Probe {
  const clients = plans.flatMap((plan) => plan.peers.map((peer) => ({ plan, peer })));
  const [sender, target] = [from, to].map((name) => clients.find(({ peer }) => peer.name === name));
  const address = target?.peer.addresses[0];
  if (!sender || !address) throw new Error(`no ${from} or no ${to}`);
  return { ...sender, to: address, protocol: "tcp", port: 22, verdict, reason: "" };
}

const CONTROLS: Readonly<Record<string, string>> = { tv: "desk", visitor: "roamer", desk: "laptop" };
const control = (_: unknown, { name }: PeerPlan) => {
  const to = CONTROLS[name];
  return to ? probeOf(name, to, "allow") : undefined;
};
const names = (probes: readonly Probe[]) =>
  involved({ plans, control }, probes)
    .map(({ peer }) => peer.name)
    .sort();

test("an allowed probe needs its two ends", () => {
  expect(names([probeOf("tv", "branch", "allow")])).toEqual(["branch", "tv"]);
});

test("a forbidden probe needs those too whom the controls of its ends go to, in whichever tunnel they are", () => {
  expect(names([probeOf("tv", "visitor", "deny")])).toEqual(["desk", "roamer", "tv", "visitor"]);
});
