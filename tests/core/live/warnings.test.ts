import { auditBase, auditServer } from "../../../core/live/audit.ts";
import type { LiveDevice, LiveInterface } from "../../../core/live/types.ts";
import { warnings } from "../../../core/live/warnings.ts";
import { parseStackConfig } from "../../../core/plan/stack.ts";
import type { ServerPlan } from "../../../core/plan/types.ts";
import { address } from "../../support/domain.ts";
import { deviceOf, keys, liveOf, planOf, salt } from "../../support/live.ts";

const { config = fail() } = parseStackConfig({ server: "router", implementation: "wireguard-go" });
const wg0 = planOf(1);
const plan: ServerPlan = { server: "router", address: address("192.168.1.1"), endpoint: "", interfaces: [wg0] };
const live = liveOf(wg0);
const link = live.link ?? fail();

function fail(): never {
  throw new Error("the test's own data is incomplete");
}

function said(device: LiveDevice | undefined): readonly string[] {
  const audit = { stack: "router", plan, keys, config, device, salt };
  const base = auditBase(audit, "a".repeat(64), 1_700_000_000);
  return warnings({ plan, keys, device, base, interfaces: auditServer(audit) });
}

const { record: _record, ...unrecorded } = live;
const withLink = (changes: Partial<typeof link>): LiveInterface => ({ ...unrecorded, link: { ...link, ...changes } });

test.each<[string, LiveDevice | undefined, RegExp[]]>([
  ["nothing of a device that was not asked", undefined, []],
  ["nothing of an empty one", deviceOf(), []],
  [
    "what wears the name",
    deviceOf(withLink({ kind: "bridge" })),
    [/^what is there instead of router\/wg0 is a bridge/],
  ],
  ["another owner's", deviceOf(withLink({ mark: "e".repeat(32) })), [/the root secret may be another/]],
  ["what another stack deployed", deviceOf(live), [/^router was deployed last by another stack/]],
  ["no cron", { ...deviceOf(), boot: { kind: "initd", state: "idle" } }, [/^router needs a cron at work and has none/]],
  [
    "an interface beyond the plan",
    deviceOf({ ...live, name: "wg9" }),
    [/^router has wg9 \(present, ours\), which is not/],
  ],
  ["the way in", { ...deviceOf(), way: "wg0" }, [/^you reach this device through router\/wg0/]],
])("a preview warns of %s", (_, device, expected) => {
  expect(said(device)).toEqual(expected.map((one) => expect.stringMatching(one)));
});
