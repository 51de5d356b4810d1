import { load } from "../../../core/domain/load.ts";
import { formatAddress } from "../../../core/net/address.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import type { Answer } from "../../../lab/agent/ask.ts";
import { ask, ping } from "../../../lab/prober.ts";
import { type Actor, pretend, shakeHands } from "../../../lab/proof/actors.ts";
import type { Probe } from "../../../lab/proof/probe.ts";
import { arrivalsAt, occupy, type Stage } from "../../../lab/proof/stage.ts";
import { type Trial, tryProbe } from "../../../lab/proof/trial.ts";
import { labOf } from "../../../lab/state.ts";
import { VERIFY_DOMAIN } from "../../support/verify-domain.ts";

jest.mock("../../../lab/prober.ts");
jest.mock("../../../lab/proof/actors.ts");
jest.mock("../../../lab/proof/stage.ts");

const { domain } = load(VERIFY_DOMAIN);
if (!domain) throw new Error("the domain of this test has problems");
const plans = compile(domain, emptyLock).plans.flatMap((server) => server.interfaces);

const actorOf = (name: string): Actor => {
  const plan = plans.find(({ peers }) => peers.some((peer) => peer.name === name));
  const peer = plan?.peers.find((one) => one.name === name);
  if (!plan || !peer) throw new Error(`there is no ${name}`);
  return { plan, peer, node: `node-${name}` };
};
const [tv, roamer, branch] = [actorOf("tv"), actorOf("roamer"), actorOf("branch")];
const addressOf = ({ peer }: Actor) => peer.addresses[0] as Probe["to"];
const host = (last: number): Probe["to"] => ({ family: 4, value: 0xc0a80100n + BigInt(last) });

const probeOf = (more: Partial<Probe>): Probe => ({
  ...{ plan: tv.plan, peer: tv.peer, to: host(77), protocol: "tcp", port: 443, verdict: "allow", reason: "" },
  ...more,
});
const control = probeOf({ to: host(50), port: 5000, protocol: "udp" });
const denied = probeOf({ port: 444, verdict: "deny" });

const SILENCE: Answer = { kind: "none", detail: "no answer" };
const ECHO: Answer = { kind: "echo", detail: "" };
const CONNECTED: Answer = { kind: "connected", detail: "no echo" };

/** What becomes of one packet: the source that it arrives from, if it does, and what comes back. */
interface Fate {
  readonly from?: string;
  /** Source of an older packet that comes to the same target at last. */
  readonly late?: string;
  readonly answer: Answer;
}
const OWN = formatAddress(addressOf(tv));
const through: Fate = { from: OWN, answer: ECHO };
const lost: Fate = { answer: SILENCE };

/** A network that treats the packets to each target, named `HOST PROTOCOL/PORT`, as scripted; the last fate stays. */
function network(script: Readonly<Record<string, readonly Fate[]>>, busy = false) {
  const sent: string[] = [];
  const arrived = new Map<string, Map<string, number>>();
  const meet = async (target: string): Promise<Answer> => {
    const fates = script[target] ?? [lost];
    const fate = fates[Math.min(sent.filter((one) => one === target).length, fates.length - 1)] ?? lost;
    sent.push(target);
    const counts = arrived.get(target) ?? new Map<string, number>();
    arrived.set(target, counts);
    for (const source of [fate.from, fate.late]) if (source) counts.set(source, (counts.get(source) ?? 0) + 1);
    return fate.answer;
  };
  jest.mocked(ask).mockImplementation((_, { to }) => meet(`${to.address} ${to.protocol}/${to.port}`));
  jest.mocked(ping).mockImplementation((_, to) => meet(`${to} icmp/0`));
  jest.mocked(occupy).mockResolvedValue({ busy });
  jest.mocked(pretend).mockImplementation((_lab, _actor, _address, lie) => lie());
  const at = async (_host: unknown, { address, protocol, port }: { address: string; protocol: string; port: number }) =>
    new Map(arrived.get(`${address} ${protocol}/${port}`) ?? []);
  jest.mocked(arrivalsAt).mockImplementation(at);
  jest.mocked(shakeHands).mockReset().mockResolvedValue(true);
  return { sent, times: (target: string) => sent.filter((one) => one === target).length };
}

const trialOf = (more: Partial<Trial> = {}): Trial => {
  const stage = { lab: labOf("nowhere"), host: async () => ({}) } as unknown as Stage;
  const actors = new Map([tv, roamer, branch].map(({ peer, node }) => [peer.path, node]));
  return {
    stage,
    scene: { nodes: [], server: "router", plans, actors },
    actor: tv,
    target: undefined,
    natInterface: undefined,
    control: ({ peer }) => (peer === tv.peer ? control : undefined),
    absent: new Map(),
    silent: new Set(),
    ...more,
  };
};

const TO = "192.168.1.77 tcp/443";
const FORBIDDEN = "192.168.1.77 tcp/444";
const CONTROL = "192.168.1.50 udp/5000";

describe("an allowed packet", () => {
  const slow: Fate = { from: OWN, answer: CONNECTED };

  test("whose echo is late is sent again", async () => {
    const { times } = network({ [TO]: [slow, slow, through] });
    expect(await tryProbe(trialOf(), probeOf({}))).toMatchObject({ outcome: "agrees" });
    expect(times(TO)).toBe(3);
  });

  test("gets five tries for its echo, and one where another program has the port", async () => {
    const { times } = network({ [TO]: [slow] });
    expect(await tryProbe(trialOf(), probeOf({}))).toMatchObject({ outcome: "disagrees" });
    expect(times(TO)).toBe(5);
    const other = network({ [TO]: [slow] }, true);
    expect(await tryProbe(trialOf(), probeOf({}))).toMatchObject({ outcome: "agrees" });
    expect(other.times(TO)).toBe(1);
  });

  test("that does not arrive disagrees only after a second try through a tunnel that works", async () => {
    const { times } = network({});
    const { outcome, detail } = await tryProbe(trialOf(), probeOf({}));
    expect(outcome).toBe("disagrees");
    expect(detail).toContain("router/wg0/tv shook hands");
    expect(times(TO)).toBe(10);
  });

  test("that met a tunnel which was out for a while agrees", async () => {
    network({ [TO]: [lost, lost, lost, lost, lost, through] });
    expect(await tryProbe(trialOf(), probeOf({}))).toMatchObject({ outcome: "agrees" });
  });

  test("tells nothing when its tunnel is out, and nobody waits for that client again", async () => {
    const { times } = network({});
    jest.mocked(shakeHands).mockResolvedValue(false);
    const trial = trialOf();
    expect(await tryProbe(trial, probeOf({}))).toMatchObject({ outcome: "unclear" });
    expect(times(TO)).toBe(5);
    expect([...trial.absent.keys()]).toEqual(["router/wg0/tv"]);
  });

  test("tells nothing when the tunnel of the client that it goes to is out", async () => {
    network({});
    jest.mocked(shakeHands).mockImplementation(async (_stage, actor) => actor === tv);
    const { outcome, detail } = await tryProbe(trialOf({ target: roamer }), probeOf({ to: addressOf(roamer) }));
    expect(outcome).toBe("unclear");
    expect(detail).toContain("router/wg0/roamer: no new handshake");
  });
});

describe("a forbidden packet", () => {
  test("that is lost while a control gets through at once agrees, and is not sent again", async () => {
    const { sent } = network({ [CONTROL]: [through] });
    expect(await tryProbe(trialOf(), denied)).toMatchObject({ outcome: "agrees" });
    expect(sent).toEqual([FORBIDDEN, FORBIDDEN, CONTROL]);
  });

  test("is sent again when the control got through only after a while", async () => {
    const { sent } = network({ [CONTROL]: [lost, through] });
    expect(await tryProbe(trialOf(), denied)).toMatchObject({ outcome: "agrees" });
    expect(sent).toEqual([FORBIDDEN, FORBIDDEN, CONTROL, CONTROL, FORBIDDEN, FORBIDDEN, CONTROL]);
  });

  test("that was only swallowed by a tunnel that was out is found out", async () => {
    network({ [FORBIDDEN]: [lost, lost, through], [CONTROL]: [lost, lost, lost, through] });
    expect(await tryProbe(trialOf(), denied)).toMatchObject({ outcome: "disagrees" });
  });

  test("tells nothing when the control always needs another attempt", async () => {
    network({ [CONTROL]: [lost, through, lost, through, lost, through] });
    const { outcome, detail } = await tryProbe(trialOf(), denied);
    expect(outcome).toBe("unclear");
    expect(detail).toContain("only at attempt 2");
  });

  test("tells nothing when no control gets through; the next one is not waited for as long", async () => {
    const { times } = network({});
    const trial = trialOf();
    expect(await tryProbe(trial, denied)).toMatchObject({ outcome: "unclear" });
    expect(times(CONTROL)).toBe(4);
    expect(await tryProbe(trial, denied)).toMatchObject({ outcome: "unclear" });
    expect(times(CONTROL)).toBe(5);
  });

  test("tells nothing when the one whom the control goes to is not there", async () => {
    const { times } = network({});
    const elsewhere = { ...control, to: addressOf(roamer) };
    const absent = new Map([["router/wg0/roamer", "router/wg0/roamer: no handshake"]]);
    const { outcome, detail } = await tryProbe(trialOf({ control: () => elsewhere, absent }), denied);
    expect(outcome).toBe("unclear");
    expect(detail).toContain("router/wg0/roamer: no handshake");
    expect(times(`${formatAddress(elsewhere.to)} udp/5000`)).toBe(0);
  });

  test("that was answered stays answered, though a later one was not", async () => {
    network({ [CONTROL]: [through], [FORBIDDEN]: [{ answer: { kind: "refused", detail: "ECONNREFUSED" } }, lost] });
    expect(await tryProbe(trialOf(), denied)).toMatchObject({ outcome: "disagrees" });
  });

  test("of a client that may send nothing is held against a new handshake", async () => {
    network({});
    const trial = trialOf({ control: () => undefined });
    expect(await tryProbe(trial, denied)).toMatchObject({ outcome: "agrees" });
    jest.mocked(shakeHands).mockResolvedValue(false);
    expect(await tryProbe(trial, denied)).toMatchObject({ outcome: "unclear" });
  });
});

describe("a forbidden packet to another client", () => {
  const toBranch: Probe = { ...denied, to: addressOf(branch) };
  const back = { ...control, plan: branch.plan, peer: branch.peer, to: host(60) };
  const trial = () => trialOf({ target: branch, control: ({ peer }) => (peer === tv.peer ? control : back) });
  const BACK = "192.168.1.60 udp/5000";

  test("follows one that shows that the server reaches that client", async () => {
    const { sent } = network({ [CONTROL]: [through], [BACK]: [through] });
    expect(await tryProbe(trial(), toBranch)).toMatchObject({ outcome: "agrees" });
    expect([sent[0], sent.at(-1)]).toEqual([BACK, CONTROL]);
  });

  test("tells nothing when the server does not reach that client", async () => {
    network({ [CONTROL]: [through] });
    const { outcome, detail } = await tryProbe(trial(), toBranch);
    expect(outcome).toBe("unclear");
    expect(detail).toContain("udp from router/wg0/branch to 192.168.1.60");
  });
});

describe("a lie to the one target of the control", () => {
  const lie: Probe = { ...control, verdict: "deny", spoof: addressOf(roamer) };
  const AS_ROAMER = formatAddress(addressOf(roamer));

  test("is not taken for the control", async () => {
    network({ [CONTROL]: [lost, lost, through] });
    expect(await tryProbe(trialOf(), lie)).toMatchObject({ outcome: "agrees" });
  });

  test("is seen, also when it comes late", async () => {
    network({ [CONTROL]: [{ from: AS_ROAMER, answer: SILENCE }, lost, through] });
    expect(await tryProbe(trialOf(), lie)).toMatchObject({ outcome: "disagrees" });
    network({ [CONTROL]: [lost, lost, { ...through, late: AS_ROAMER }] });
    expect(await tryProbe(trialOf(), lie)).toMatchObject({ outcome: "disagrees" });
  });
});
