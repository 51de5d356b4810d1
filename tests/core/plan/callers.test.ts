import { type Address, formatAddress } from "../../../core/net/address.ts";
import { type Cidr, contains, formatCidr } from "../../../core/net/cidr.ts";
import { subtract } from "../../../core/net/cidr-set.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import { clientRoutes, grantsFor, opening } from "../../../core/plan/policy.ts";
import type { Grant, InterfacePlan, PeerPlan } from "../../../core/plan/types.ts";
import { domainOf } from "../../support/domain.ts";
import { randomSketch } from "../../support/policy-fuzz.ts";
import { randomFrom } from "../../support/random.ts";

const DOMAINS = 150;

/** One client of an interface, and another that may call it in some families. */
interface Pair {
  readonly callee: PeerPlan;
  readonly caller: PeerPlan;
  readonly families: ReadonlySet<number>;
}

const random = randomFrom(20261128);
const interfaces = Array.from({ length: DOMAINS }, () => compile(domainOf(randomSketch(random)), emptyLock))
  .flatMap(({ plans }) => plans)
  .flatMap((plan) => plan.interfaces)
  .map((plan) => ({ plan, pairs: pairsOf(plan) }));

function isInternet({ target }: Grant): boolean {
  return target === "internet";
}

/** The first and the last address of each. */
function edges(cidrs: readonly Cidr[]): Address[] {
  return cidrs.flatMap(({ family, value, length }) => {
    const last = value + (1n << BigInt((family === 4 ? 32 : 128) - length)) - 1n;
    return [value, last].map((one) => ({ family, value: one }));
  });
}

/** By the verdicts alone: networks never overlap in part, so an edge of one lies in the other. */
function pairsOf(plan: InterfacePlan): Pair[] {
  const grants = plan.groups.flatMap((group) => group.grants).filter((grant) => !isInternet(grant));
  const named = edges(grants.flatMap(({ destinations }) => destinations));
  return plan.peers.flatMap((callee) => {
    const places = [...named.filter((to) => isIn(callee.allowedIps, to)), ...edges(callee.allowedIps)];
    return plan.peers
      .filter((caller) => caller !== callee)
      .map((caller) => {
        const called = places.filter((to) => opening(plan, caller, to).open !== "none");
        return { callee, caller, families: new Set(called.map(({ family }) => family)) };
      });
  });
}

function isIn(cidrs: readonly Cidr[], to: Address): boolean {
  return cidrs.some((cidr) => contains(cidr, to));
}

test("who may open a connection to a client, or to what is behind it, is in its AllowedIPs with all its sources", () => {
  const calls = interfaces.flatMap(({ plan, pairs }) =>
    pairs.flatMap(({ callee, caller, families }) => {
      const sources = edges(caller.allowedIps).filter(({ family }) => families.has(family));
      return sources.map((from) => ({ plan, callee, caller, from }));
    }),
  );
  const lost = calls.filter(({ plan, callee, from }) => !isIn(clientRoutes(plan, callee), from));
  expect(
    lost.map(({ callee, caller, from }) => `${caller.path} from ${formatAddress(from)} to ${callee.path}`),
  ).toEqual([]);
  expect(calls.length).toBeGreaterThan(1000);
  expect(calls.filter(({ caller, from }) => isIn(caller.subnets, from)).length).toBeGreaterThan(100);
});

test("beyond the networks and what it reaches, nothing is in a client's AllowedIPs without a caller there", () => {
  const halves = interfaces.flatMap(({ plan, pairs }) =>
    plan.peers
      .map((callee) => ({ plan, callee, own: grantsFor(plan, callee) }))
      .filter(({ own }) => !own.some(isInternet))
      .map((half) => ({ ...half, pairs: pairs.filter(({ callee }) => callee === half.callee) })),
  );
  const idle = halves.flatMap(({ plan, callee, own, pairs }) => {
    const reached = own.flatMap(({ destinations }) => destinations);
    const needed = pairs.flatMap(({ caller, families }) => caller.subnets.filter((site) => families.has(site.family)));
    const rest = subtract(clientRoutes(plan, callee), [...plan.networks, ...reached, ...needed]);
    return rest.map((cidr) => `${callee.path} ${formatCidr(cidr)}`);
  });
  expect(idle).toEqual([]);
  // A site that nobody calls from is not rare, so there is something to leave out.
  const sites = halves.filter(({ plan, callee }) => subtract(plan.routes, callee.subnets).length > 0);
  expect(sites.length).toBeGreaterThan(100);
});
