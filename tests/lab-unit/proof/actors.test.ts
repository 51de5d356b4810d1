import { setTimeout as sleep } from "node:timers/promises";
import { load } from "../../../core/domain/load.ts";
import { formatAddress } from "../../../core/net/address.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import { ask } from "../../../lab/prober.ts";
import { shakeHands, wake, wayIn } from "../../../lab/proof/actors.ts";
import type { Stage } from "../../../lab/proof/stage.ts";
import { capture } from "../../../lab/run.ts";
import { labOf } from "../../../lab/state.ts";
import { domainOf, type Sketch } from "../../support/domain.ts";
import { VERIFY_DOMAIN } from "../../support/verify-domain.ts";

jest.mock("node:timers/promises");
jest.mock("../../../lab/prober.ts");
jest.mock("../../../lab/run.ts");

const { domain } = load(VERIFY_DOMAIN);
const [plan] = domain ? compile(domain, emptyLock).plans.flatMap((server) => server.interfaces) : [];
const peer = plan?.peers[0];
if (!plan || !peer) throw new Error("the domain of this test has problems");
const actor = { plan, peer, node: "node" };
const stage = { lab: labOf("nowhere"), host: async () => ({}) } as unknown as Stage;

/** A clock of which looking for a handshake takes some time, and a handshake that comes after some more. */
function clock({ lookMs, handshakeMs }: { readonly lookMs: number; readonly handshakeMs: number }) {
  let now = 0;
  const scripts: (readonly string[])[] = [];
  const pass = (ms: number) => {
    now += ms;
  };
  jest.spyOn(Date, "now").mockImplementation(() => now);
  jest.mocked(sleep).mockImplementation(async (ms) => void pass(ms ?? 0));
  jest.mocked(ask).mockImplementation(async (_, { timeoutMs }) => {
    pass(timeoutMs);
    return { kind: "none", detail: "no answer" };
  });
  jest.mocked(capture).mockImplementation(async (_, { argv }) => {
    pass(lookMs);
    if (argv[0] === "sh") scripts.push(argv.slice(2));
    return { code: 0, stdout: `key\t${now >= handshakeMs ? 1 : 0}\n`, stderr: "" };
  });
  return { now: () => now, scripts };
}

afterEach(() => jest.restoreAllMocks());

test.each([0, 50, 900])("a handshake is waited for 30 s, also where a look takes %s ms", async (lookMs) => {
  clock({ lookMs, handshakeMs: 28_000 });
  expect(await wake(stage, actor)).toBe(true);
  const { now } = clock({ lookMs, handshakeMs: 40_000 });
  expect(await wake(stage, actor)).toBe(false);
  expect(now()).toBeGreaterThanOrEqual(30_000);
  expect(now()).toBeLessThan(32_000);
});

const SKETCH: Sketch = {
  servers: {
    r: { address: "192.168.1.1", interfaces: { wg0: ["10.66.0.0/24", "fd00:66::/64"], wg1: ["10.67.0.0/24"] } },
  },
  subnets: { lan: ["192.168.1.0/24"], far: ["fd00:1::/64"], host: ["192.168.7.10/32"] },
  profiles: { self: ["lan", "self"], world: ["internet"], lan: ["lan"], far: ["far"], host: ["host"] },
  bindings: {
    ...Object.fromEntries(["self", "world", "lan", "far", "host"].map((one) => [`${one} r/wg0`, { [one]: {} }])),
    "far r/wg1": { nothing: {} },
  },
};

test.each([
  ["self", "10.66.0.1"],
  ["world", "10.66.0.1"],
  ["lan", "192.168.1.1"],
  ["far", "fd00:1::1"],
  ["host", "192.168.7.10"],
  ["nothing", undefined],
])("who reaches %s is woken through %s", (name, expected) => {
  const { plans, problems } = compile(domainOf(SKETCH), emptyLock);
  expect(problems).toEqual([]);
  const clients = plans.flatMap(({ interfaces }) =>
    interfaces.flatMap((wg) => wg.peers.map((one) => ({ plan: wg, peer: one }))),
  );
  const client = clients.find((one) => one.peer.name === name);
  const inside = client && wayIn(client);
  expect(inside && formatAddress(inside)).toBe(expected);
});

test("who is interrupted does not wait", async () => {
  const { now } = clock({ lookMs: 10, handshakeMs: 1e6 });
  expect(await wake(stage, actor, AbortSignal.abort())).toBe(false);
  expect(now()).toBe(0);
});

test("a session is forgotten before a new handshake is waited for, and no key is an argument", async () => {
  const { scripts } = clock({ lookMs: 10, handshakeMs: 0 });
  expect(await shakeHands(stage, actor)).toBe(true);
  expect(scripts).toEqual([[expect.stringContaining('wg setconf "$1" /dev/stdin'), "sh", "wg0"]]);
  jest.mocked(capture).mockResolvedValue({ code: 1, stdout: "", stderr: "no such device" });
  await expect(shakeHands(stage, actor)).rejects.toThrow("no such device");
});
