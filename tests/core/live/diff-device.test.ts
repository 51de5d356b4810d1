import { diffDevice, isWithoutCron } from "../../../core/live/diff-device.ts";
import type { LiveDevice } from "../../../core/live/types.ts";
import { deviceOf } from "../../support/live.ts";

const device = deviceOf();
const helperSha256 = "a".repeat(64);
const nowSeconds = 1_700_000_000;

function found(
  changes: Partial<LiveDevice>,
  implementations: readonly ("kernel" | "wireguard-go")[] = ["wireguard-go"],
) {
  return diffDevice({ device: { ...device, ...changes }, helperSha256, implementations, nowSeconds });
}

test("a device with helper, boot hook and tools in place differs in nothing", () => {
  expect(found({})).toEqual([]);
});

test("a missing and another helper are named by their checksums", () => {
  const other = `${"a".repeat(63)}b`;
  expect(found({ helper: other })).toEqual([
    { property: "helper", want: helperSha256, have: other, severity: "critical" },
  ]);
  const { helper: _helper, ...bare } = device;
  expect(diffDevice({ device: bare, helperSha256, implementations: [], nowSeconds })).toEqual([
    { property: "helper", want: helperSha256, have: "missing", severity: "critical" },
  ]);
});

test("a helper without the note of its revision is told, for the next up writes it anew", () => {
  const { helperRevision: _revision, ...forgetful } = device;
  expect(diffDevice({ device: forgetful, helperSha256, implementations: [], nowSeconds })).toEqual([
    { property: "revision", want: "there", have: "missing", severity: "wrong" },
  ]);
});

test.each([
  ["missing", "critical"],
  ["changed", "critical"],
  ["masked", "informational"],
] as const)("a boot hook that is %s is %s", (state, severity) => {
  expect(found({ boot: { kind: "systemd", state } })).toEqual([
    { property: "boot", want: "systemd ok", have: `systemd ${state}`, severity },
  ]);
});

test("hooks that are in place where no cron runs are told as such, with the next step", () => {
  const idle = found({ boot: { kind: "initd", state: "idle" } });
  expect(idle).toEqual([
    {
      property: "boot",
      want: "a cron at work",
      have: expect.stringMatching(/^none: start it, or install one; /),
      severity: "critical",
    },
  ]);
  expect(idle.map(isWithoutCron)).toEqual([true]);
  expect(found({ boot: { kind: "initd", state: "missing" } }).map(isWithoutCron)).toEqual([false]);
});

test("a directory of ours that is open to others is told", () => {
  expect(found({ directory: "open" })).toEqual([
    { property: "directory", want: "closed to others", have: "open to others", severity: "critical" },
  ]);
});

test("a link in the place of a directory of ours is told as one", () => {
  expect(found({ directory: "link" })).toEqual([
    { property: "directory", want: "a directory", have: "a symbolic link", severity: "critical" },
  ]);
});

test("a chain of others that may drop what our policy lets pass is named, and not ours to mend", () => {
  expect(found({ others: ["ip filter FORWARD forward 2"] })).toEqual([
    {
      property: "others.ip.filter",
      want: "as at the last deployment",
      have: "chain FORWARD at hook forward with 2 rules that were not there and may drop what our policy lets pass",
      severity: "foreign",
    },
  ]);
});

test("a device that can't be hooked at boot says so", () => {
  expect(found({ boot: { kind: "none", state: "missing" } })[0]?.have).toBe("no systemd, init scripts or cron found");
});

test("each tool that an interface needs and the device lacks is named", () => {
  const tools = new Set([...device.tools].filter((name) => name !== "nft"));
  expect(found({ tools }, ["wireguard-go", "kernel", "kernel"])).toEqual([
    { property: "tools.kernel", want: "installed", have: "missing", severity: "critical" },
    { property: "tools.nft", want: "installed", have: "missing", severity: "critical" },
  ]);
});

test("a clock that is far off is told and is nothing to repair", () => {
  expect(found({ clockSeconds: 60 })).toEqual([
    { property: "clock", want: "2023-11-14T22:13Z", have: "1970-01-01T00:01Z", severity: "informational" },
  ]);
  expect(found({ clockSeconds: Number.MAX_SAFE_INTEGER })[0]?.have).toBe("9007199254740991 s since 1970");
});
