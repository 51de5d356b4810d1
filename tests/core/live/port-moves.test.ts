import type { InterfaceAudit } from "../../../core/live/audit.ts";
import { portMoves } from "../../../core/live/port-moves.ts";
import type { LiveDevice, LiveInterface } from "../../../core/live/types.ts";
import { deviceOf, liveOf, planOf } from "../../support/live.ts";

const wg = planOf(0);

/** Interfaces `name: port of the plan`, on a device that has `name: port`. */
function moves(planned: Record<string, number>, live: Record<string, number>, mark?: string) {
  const audits = Object.entries(planned).map(
    ([name, port]) => ({ plan: { ...wg, name, path: `nas/${name}`, port } }) as InterfaceAudit,
  );
  const interfaces = new Map(Object.entries(live).map(([name, port]) => [name, interfaceAt(name, port, mark)]));
  const device: LiveDevice = { ...deviceOf(), interfaces };
  const { ordered, giver, refusals } = portMoves(audits, device);
  return { ordered: ordered.map(({ plan }) => plan.name), giver: Object.fromEntries(giver), refusals };
}

function interfaceAt(name: string, port: number, mark: string | undefined): LiveInterface {
  const live = liveOf({ ...wg, name, port });
  return live.link === undefined || mark === undefined ? live : { ...live, link: { ...live.link, mark } };
}

test("where no port moves, the order is that of the plan", () => {
  const same = { a: 1, b: 2, c: 3 };
  expect(moves(same, same)).toEqual({ ordered: ["a", "b", "c"], giver: {}, refusals: [] });
  expect(moves(same, {})).toEqual({ ordered: ["a", "b", "c"], giver: {}, refusals: [] });
});

test("who gives a port up comes before who takes it, along a whole chain", () => {
  expect(moves({ a: 2, b: 3, c: 4, d: 9 }, { a: 1, b: 2, c: 3, d: 4 })).toEqual({
    ordered: ["d", "c", "b", "a"],
    giver: { a: "b", b: "c", c: "d" },
    refusals: [],
  });
});

test("a swap, and any circle, is refused and names who is in it", () => {
  const { refusals, ordered } = moves({ a: 2, b: 3, c: 1, d: 1 }, { a: 1, b: 2, c: 3, d: 9 });
  expect(refusals).toEqual([expect.stringMatching(/^a, b, c: .* give one of them a port that is free/)]);
  expect([...ordered].sort()).toEqual(["a", "b", "c", "d"]);
});

test("the port of an interface that the plan has no more is refused", () => {
  const { refusals } = moves({ new: 1 }, { old: 1 });
  expect(refusals).toEqual([
    expect.stringMatching(/^nas\/new: UDP port 1 is still that of old, .* in an up of its own/),
  ]);
});

test("a link of ours that somebody renamed is the device's to end", () => {
  const { record: _record, ...renamed } = interfaceAt("foo", 1, undefined);
  const device: LiveDevice = { ...deviceOf(), interfaces: new Map([["foo", renamed]]) };
  const audit = { plan: { ...wg, port: 1 } } as InterfaceAudit;
  expect(portMoves([audit], device).refusals).toEqual([]);
});

test("what is not ours is the device's to tell", () => {
  expect(moves({ new: 1 }, { old: 1 }, "").refusals).toEqual([]);
});

test("a device that was not asked changes nothing", () => {
  const audits = [{ plan: wg } as InterfaceAudit];
  expect(portMoves(audits, undefined)).toEqual({ ordered: audits, giver: new Map(), refusals: [] });
});
