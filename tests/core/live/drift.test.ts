import { diff } from "../../../core/live/diff.ts";
import { driftBeside } from "../../../core/live/drift.ts";
import { execution, keys, liveOf, planOf, salt } from "../../support/live.ts";

const confirmed = planOf(3);
const [first, second] = confirmed.peers;
const keyOf = (peer = first) => (peer === undefined ? "" : keys.peerPublicKey(peer.key));

/** What counts as drift when the plan has gone on to four clients, another port, and the device has gone its own way. */
function drift(unlike: readonly string[], record: "record" | "no record" = "record"): readonly string[] {
  const live = liveOf(confirmed);
  const { link, record: kept, ...rest } = live;
  if (link === undefined || kept === undefined) throw new Error("the test's own data is incomplete");
  const peers = new Map([...link.peers].filter(([key]) => !unlike.includes(`peer ${key}`)));
  const touched = { ...rest, link: { ...link, peers, mtu: unlike.includes("mtu") ? 1337 : link.mtu, up: false } };
  const input = {
    plan: { ...planOf(4), port: 4242 },
    keys,
    execution,
    live: { ...touched, ...(record === "record" && { record: kept }), unlike: new Set(unlike) },
    salt,
  };
  return driftBeside(input, diff(input)).map(({ property }) => property);
}

test("beside a change of intent, only what the device left counts as drift", () => {
  expect(drift([])).toEqual(["link.up"]);
  expect(drift(["mtu", `peer ${keyOf()}`])).toEqual(["link.up", "mtu", `peers.${first?.name}`]);
  expect(drift([`peer ${keyOf(second)}`])).toEqual(["link.up", `peers.${second?.name}`]);
});

test("a device that has never confirmed anything has nothing to drift from", () => {
  expect(drift(["mtu"], "no record")).toEqual([]);
});
