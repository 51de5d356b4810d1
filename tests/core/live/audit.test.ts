import { auditBase, auditServer, type InterfaceAudit } from "../../../core/live/audit.ts";
import { isStranger } from "../../../core/live/diff.ts";
import { orphans } from "../../../core/live/orphans.ts";
import type { LiveDevice, LiveInterface } from "../../../core/live/types.ts";
import { sha256Hex } from "../../../core/net/hash.ts";
import { parseStackConfig } from "../../../core/plan/stack.ts";
import type { InterfacePlan, ServerPlan } from "../../../core/plan/types.ts";
import { address } from "../../support/domain.ts";
import { deviceOf, keys, liveOf, planOf, salt } from "../../support/live.ts";

const { config = fail() } = parseStackConfig({ server: "router", implementation: "wireguard-go" });
const otherSalt = "f".repeat(32);

function fail(): never {
  throw new Error("the test's own data is incomplete");
}

function serverOf(...interfaces: readonly InterfacePlan[]): ServerPlan {
  return { server: "router", address: address("192.168.1.1"), endpoint: "vpn.example.net", interfaces };
}

function audit(device: LiveDevice | undefined, withSalt = salt, plan = planOf(3)): InterfaceAudit {
  return auditServer({ stack: "router", plan: serverOf(plan), keys, config, device, salt: withSalt })[0] ?? fail();
}

/** The device after it has confirmed what this audit wanted, as it answers a probe with this salt. */
function applied(wanted: InterfaceAudit, generation: number, withSalt = salt): LiveDevice {
  const { plan, revision, document } = wanted;
  const identity = /^identity (\w+)$/m.exec(document)?.[1] ?? fail();
  const digest = /^digest ([0-9a-f]{64})$/m.exec(document)?.[1] ?? fail();
  return deviceOf({
    ...liveOf(plan, wanted.execution, withSalt),
    record: { generation, revision, digest, owner: keys.owner, identity },
  });
}

/** The same device with its one interface changed by hand. */
function touched(device: LiveDevice, change: (live: LiveInterface) => LiveInterface): LiveDevice {
  return deviceOf(...[...device.interfaces.values()].map(change));
}

const noMtu = (live: LiveInterface): LiveInterface => ({ ...live, link: { ...(live.link ?? fail()), mtu: 1337 } });

test("after one apply the device is settled, and document and revision stay the same from run to run", () => {
  const first = audit(deviceOf());
  expect(first).toMatchObject({ state: "change", differences: [{ property: "interface", have: "missing" }] });
  const next = audit(applied(first, 1, otherSalt), otherSalt);
  expect(next).toMatchObject({ state: "settled", differences: [], revision: first.revision, document: first.document });
});

test("drift gives a new revision once, and after the repair the device is settled again", () => {
  const first = audit(deviceOf());
  const drifted = audit(touched(applied(first, 1), noMtu));
  expect(drifted).toMatchObject({ state: "drift", differences: [{ property: "mtu", want: "1420", have: "1337" }] });
  expect(drifted.revision).not.toBe(first.revision);
  expect(audit(applied(drifted, 2, otherSalt), otherSalt)).toMatchObject({
    state: "settled",
    revision: drifted.revision,
  });
});

test("a changed intent is a change even when nothing that a probe shows differs", () => {
  const first = audit(deviceOf());
  const policyOnly: InterfacePlan = { ...planOf(3), groups: [{ profile: "admin", grants: [] }] };
  const changed = audit(applied(first, 1), salt, policyOnly);
  expect(changed).toMatchObject({ state: "change", differences: [] });
  expect(changed.revision).not.toBe(first.revision);
  expect(audit(applied(changed, 2, otherSalt), otherSalt, policyOnly).state).toBe("settled");
});

test("a change that was rolled back, or another that still awaits its confirmation, gives a new revision", () => {
  const first = audit(deviceOf());
  const wanted = audit(applied(first, 1), salt, planOf(4));
  const rolledBack = audit(applied(first, 3, otherSalt), otherSalt, planOf(4));
  expect(rolledBack.state).toBe("change");
  expect(rolledBack.revision).not.toBe(wanted.revision);
  const pending = touched(applied(first, 1), (live) => ({
    ...live,
    record: {
      ...(live.record ?? fail()),
      pending: { revision: "b".repeat(16), digest: "c".repeat(64) },
    },
  }));
  expect(audit(pending)).toMatchObject({ state: "drift", differences: [{ property: "pending" }] });
  expect(audit(pending).revision).not.toBe(first.revision);
});

test("the same change that still awaits its confirmation is taken up again; a removal that was stopped is not", () => {
  const first = audit(deviceOf());
  const wanted = audit(applied(first, 1), salt, planOf(4));
  const digest = /^digest ([0-9a-f]{64})$/m.exec(wanted.document)?.[1] ?? fail();
  const pending = touched(applied(first, 2, otherSalt), (live) => ({
    ...live,
    record: { ...(live.record ?? fail()), pending: { revision: wanted.revision, digest } },
  }));
  const again = audit(pending, otherSalt, planOf(4));
  expect(again).toMatchObject({ revision: wanted.revision, document: wanted.document, nonce: wanted.nonce });
  const ofFirst = /^digest ([0-9a-f]{64})$/m.exec(first.document)?.[1] ?? fail();
  const removing = touched(applied(first, 2), (live) => ({
    ...live,
    record: { ...(live.record ?? fail()), pending: { revision: first.revision, digest: ofFirst } },
  }));
  expect(audit(removing).revision).not.toBe(first.revision);
});

test("a stored document that a hand has altered is drift, and the next apply stores it anew", () => {
  const first = audit(deviceOf());
  const stored = (document: string) =>
    touched(applied(first, 1), (live) => ({
      ...live,
      record: { ...(live.record ?? fail()), documentMac: sha256Hex(salt + document) },
    }));
  expect(audit(stored(first.document))).toMatchObject({ state: "settled", differences: [] });
  const altered = audit(stored(first.document.replace("port 51820", "port 51821")));
  expect(altered).toMatchObject({
    state: "drift",
    differences: [{ property: "document", want: "as confirmed", have: "altered", severity: "critical" }],
  });
  expect(altered.revision).not.toBe(first.revision);
});

test("a device that was emptied or restored is never taken for settled", () => {
  const first = audit(deviceOf());
  const second = audit(applied(first, 1), salt, planOf(4));
  expect(audit(deviceOf(), otherSalt).revision).not.toBe(first.revision);
  expect(audit(applied(first, 1, otherSalt), otherSalt, planOf(4)).revision).not.toBe(second.revision);
});

test("another identity or owner is another thing, and nobody's answer is a change", () => {
  const first = audit(deviceOf());
  const renamed = touched(applied(first, 1), (live) => ({
    ...live,
    record: { ...(live.record ?? fail()), identity: "0".repeat(16) },
  }));
  expect(audit(renamed)).toMatchObject({ state: "change", isTakenOver: true });
  expect(audit(applied(first, 1)).isTakenOver).toBe(false);
  const others = touched(applied(first, 1), (live) => ({
    ...live,
    record: { ...(live.record ?? fail()), owner: "e".repeat(32) },
  }));
  const [stranger = fail(), ...rest] = audit(others).differences;
  expect(rest).toEqual([]);
  expect(isStranger(stranger)).toBe(true);
  expect(stranger).toMatchObject({ have: "belongs to another owner, eeeeeeee…", severity: "critical" });
  expect(audit(others)).toMatchObject({ isTakenOver: false, revision: expect.not.stringMatching(first.revision) });
  expect(audit(undefined)).toMatchObject({ state: "change", differences: [], record: undefined });
});

test("the helper settles after one install too, and is never settled on an emptied device", () => {
  const sha256 = "a".repeat(64);
  const server = serverOf(planOf(1));
  const base = (device: LiveDevice, withSalt = salt) =>
    auditBase({ stack: "router", plan: server, keys, config, device, salt: withSalt }, sha256, 1_700_000_000);
  const first = base(deviceOf());
  expect(first).toMatchObject({ revision: expect.not.stringMatching("f".repeat(16)), differences: [] }); // installed by another
  const own = { ...deviceOf(), helperRevision: first.revision };
  const settled = base(own, otherSalt);
  expect(settled).toMatchObject({ revision: first.revision, differences: [] });
  const elsewhere = { ...server, address: address("192.168.1.2") };
  const moved = { stack: "router", plan: elsewhere, keys, config, device: own, salt };
  for (const other of [moved, { ...moved, plan: server, stack: "second" }])
    expect(auditBase(other, sha256, 1_700_000_000).revision).not.toBe(first.revision);
  const { helper: _helper, helperRevision: _revision, ...empty } = deviceOf();
  const missing = base(empty);
  expect(missing.differences.map(({ property }) => property)).toEqual(["helper"]);
  expect(base(empty, otherSalt).revision).not.toBe(missing.revision);
  expect(base({ ...own, boot: { kind: "initd", state: "missing" } }).revision).not.toBe(settled.revision);
  const masked = base({ ...own, boot: { kind: "systemd", state: "masked" } });
  expect(masked).toMatchObject({ revision: first.revision, differences: [{ property: "boot" }] });
});

test("interfaces of ours that the plan lacks are orphans, also where only record or link is ours; those of another owner are not", () => {
  const own = liveOf(planOf(1));
  const { link: _link, ...noLink } = own;
  const { record: _record, ...noRecord } = own;
  const owner = "e".repeat(32);
  const others = {
    ...own,
    name: "wg4",
    record: { ...(own.record ?? fail()), owner },
    link: { ...(own.link ?? fail()), mark: owner },
  };
  const device = deviceOf(
    own,
    { ...own, name: "wg9" },
    { ...noLink, name: "wg2" },
    { ...noRecord, name: "wg3" },
    others,
    { ...own, name: "wg5", record: others.record },
    { ...own, name: "wg6", link: others.link },
  );
  expect(orphans(serverOf(planOf(1)), keys, device)).toEqual([
    { property: "wg2", want: "absent", have: "recorded, ours, no link", severity: "foreign" },
    { property: "wg3", want: "absent", have: "our mark without a record", severity: "foreign" },
    { property: "wg5", want: "absent", have: "our mark, another owner's record", severity: "foreign" },
    { property: "wg6", want: "absent", have: "recorded, ours, the link is not", severity: "foreign" },
    { property: "wg9", want: "absent", have: "present, ours", severity: "foreign" },
  ]);
});
