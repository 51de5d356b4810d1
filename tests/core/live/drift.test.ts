import { diff } from "../../../core/live/diff.ts";
import type { DiffInput } from "../../../core/live/difference.ts";
import { driftBeside } from "../../../core/live/drift.ts";
import { execution, keys, liveOf, planOf, salt } from "../../support/live.ts";

const confirmed = planOf(3);
const [first, second] = confirmed.peers;
const keyOf = (peer = first) => (peer === undefined ? "" : keys.peerPublicKey(peer.key));

type Live = NonNullable<DiffInput["live"]>;

/** What counts as drift when the plan has gone on to four clients, another port, and the device has gone its own way. */
function drift(unlike: readonly string[], change: (live: Live) => Live = (live) => live): readonly string[] {
  const live = liveOf(confirmed);
  const { link } = live;
  if (link === undefined) throw new Error("the test's own data is incomplete");
  const peers = new Map([...link.peers].filter(([key]) => !unlike.includes(`peer ${key}`)));
  const touched = { ...live, link: { ...link, peers, mtu: unlike.includes("mtu") ? 1337 : link.mtu, up: false } };
  const input = {
    plan: { ...planOf(4), port: 4242 },
    keys,
    execution,
    live: change({ ...touched, unlike: new Set(unlike) }),
    salt,
  };
  return driftBeside(input, diff(input)).map(({ property }) => property);
}

test("beside a change of intent, only what the device left counts as drift", () => {
  expect(drift([])).toEqual(["link.up"]);
  expect(drift(["mtu", `peer ${keyOf()}`])).toEqual(["link.up", "mtu", `peers.${first?.name}`]);
  expect(drift([`peer ${keyOf(second)}`])).toEqual(["link.up", `peers.${second?.name}`]);
});

const bare = { generation: 1, revision: "", digest: "", owner: "", identity: "" };

test("a device that has never confirmed anything has nothing to drift from", () => {
  expect(drift([], ({ link: _link, record: _record, ...rest }) => rest)).toEqual([]);
  const pending = { revision: "b".repeat(16), digest: "" };
  expect(drift(["mtu"], (live) => ({ ...live, record: { ...bare, pending } }))).toEqual([]);
});

test("where the record is lost, or a stranger has the name, everything is told", () => {
  const lost = ["document", "link.up", "mtu", "port", "peers.c3"];
  expect(drift(["mtu"], ({ record: _record, ...live }) => live)).toEqual(lost);
  expect(drift(["mtu"], (live) => ({ ...live, record: bare }))).toEqual(lost);
  const mark = "";
  expect(
    drift([], ({ record: _record, link, ...live }) => ({ ...live, ...(link && { link: { ...link, mark } }) })),
  ).toEqual(["interface"]);
});
