import { summary } from "../../cli/status/summary.ts";
import { diff } from "../../core/live/diff.ts";
import { diffDevice } from "../../core/live/diff-device.ts";
import { diffDocument } from "../../core/live/diff-document.ts";
import { orphans } from "../../core/live/orphans.ts";
import type { Difference, LiveDevice } from "../../core/live/types.ts";
import type { ServerPlan } from "../../core/plan/types.ts";
import { address } from "../support/domain.ts";
import { deviceOf, execution, keys, liveOf, planOf, salt } from "../support/live.ts";

const wg0 = planOf(1);
const plan: ServerPlan = { server: "router", address: address("192.168.1.1"), endpoint: "", interfaces: [wg0] };
const own = liveOf(wg0);

const onDevice = (changes: Partial<LiveDevice>): readonly Difference[] =>
  diffDevice({
    device: { ...deviceOf(), ...changes },
    helperSha256: "a".repeat(64),
    implementations: [],
    nowSeconds: 1_700_000_000,
  });
const onInterface = (live: typeof own): readonly Difference[] => diff({ plan: wg0, keys, execution, live, salt });

/** The last line that `status` prints of such a device. */
function lastLine(device: readonly Difference[], wg: readonly Difference[] = []): string {
  return withRefusals(device, wg, []);
}

function withRefusals(device: readonly Difference[], wg: readonly Difference[], refusals: readonly string[]): string {
  return summary(
    { name: "home", plan },
    [
      ...device.map((found) => ({ path: "router", ...found })),
      ...wg.map((found) => ({ path: "router/wg0", ...found })),
    ],
    refusals,
  );
}

const noTools = onDevice({ tools: new Set() });
const noBoot = onDevice({ boot: { kind: "none", state: "missing" } });
const noCron = onDevice({ boot: { kind: "initd", state: "idle" } });
const linked = onDevice({ directory: "link" });
const chain = onDevice({ others: ["ip filter FORWARD forward 3"] });
const orphan = orphans(plan, keys, deviceOf({ ...own, name: "wg9" }));
const stranger = onInterface({
  name: "wg0",
  policy: own.policy,
  sysctls: own.sysctls,
  link: { ...(own.link ?? fail()), kind: "bridge" },
});
const anotherOwners = onInterface({ ...own, link: { ...(own.link ?? fail()), mark: "e".repeat(32) } });
const drift = onInterface({ ...own, policy: { state: "missing" } });

function fail(): never {
  throw new Error("the test's own data is incomplete");
}

const hidden = onInterface({ ...own, link: { ...(own.link ?? fail()), connected: [], connected6: false } });
const pending = onInterface({
  ...own,
  record: { ...(own.record ?? fail()), pending: { revision: "1".repeat(16), digest: "2".repeat(64) } },
});
const takenOver = diffDocument({
  plan: wg0,
  execution,
  document: "",
  revision: "",
  nonce: "",
  differences: [],
  drift: [],
  record: own.record,
  isTakenOver: true,
  state: "change",
});
const masked = onDevice({ boot: { kind: "systemd", state: "masked" } });
const maskedAndOpen = onDevice({ boot: { kind: "systemd", state: "masked" }, directory: "open" });

const REST = "pulumi up --stack home repairs the rest";

test.each<[string, readonly Difference[], readonly Difference[], string]>([
  ["drift", [], drift, "1 property; pulumi up --stack home repairs that"],
  ["tools", noTools, [], "6 properties; install the missing tools on the device"],
  ["no cron that runs", noCron, [], "1 property; start cron on the device, or install one"],
  [
    "a link in the place of our directory",
    linked,
    [],
    "1 property; remove the symbolic link /etc/wirewright or /run/wirewright by hand, then up",
  ],
  ["no way to boot", noBoot, [], "1 property; put systemd, init scripts or cron on the device"],
  [
    "a chain of others",
    chain,
    [],
    "1 property; chains of others are never touched: look at them, then an up takes them for known",
  ],
  [
    "an interface beyond the plan",
    orphan,
    [],
    "1 property; an up removes the interfaces that the state still has; the others go by hand (docs/devices.md)",
  ],
  [
    "somebody else's interface",
    [],
    stranger,
    "1 property; what is not ours is never replaced: rename or remove it by hand",
  ],
  [
    "an interface of another owner",
    [],
    anotherOwners,
    "1 property; if it was deployed with another root secret, restore that one first; what is not ours is never replaced: rename or remove it by hand",
  ],
  [
    "a route that is gone, or that one of others comes before",
    [],
    hidden,
    "1 property; pulumi up --stack home repairs that, unless a route of others comes before ours: remove that by hand (the up names it)",
  ],
  [
    "a change that waits",
    [],
    pending,
    "1 property; pulumi up --stack home repairs that, unless another change awaits its confirmation: wait for its window to end, or roll it back",
  ],
  [
    "what another stack deployed",
    [],
    takenOver,
    "1 property; pulumi up --stack home repairs that, taking it over from what deployed it last: see that this stack is meant to have it",
  ],
  [
    "a masked unit and an open directory",
    maskedAndOpen,
    [],
    `1 property; unmask the unit first, or the helper can't be installed; ${REST}`,
  ],
  ["a masked unit and drift", masked, drift, "1 property; pulumi up --stack home repairs that"],
  [
    "an interface beyond the plan whose name is that of a property, and drift",
    orphans(plan, keys, deviceOf({ ...own, name: "pending" })),
    drift,
    `2 properties; an up removes the interfaces that the state still has; the others go by hand (docs/devices.md); ${REST}`,
  ],
  ["tools and drift", noTools, drift, `7 properties; install the missing tools on the device; ${REST}`],
])("the next step is one that helps: %s", (_, device, wg, rest) => {
  expect(lastLine(device, wg)).toBe(`router differs in ${rest}\n`);
});

test("what is informational asks for no step", () => {
  expect(lastLine(masked)).toBe("router is as planned: 1 interface, 1 client\n");
});

test("what an up would refuse is told beneath, a line each", () => {
  const lines = withRefusals(noCron, [], ["router/wg0: UDP port 51820 is taken by another process"]).split("\n");
  expect(lines).toEqual([
    expect.stringMatching(/^router differs in 1 property; /),
    "pulumi up --stack home changes nothing until this is put right: router/wg0: UDP port 51820 is taken by another process",
    "",
  ]);
});
