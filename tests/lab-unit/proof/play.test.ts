import { load } from "../../../core/domain/load.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import type { Proof } from "../../../lab/proof/judge.ts";
import { type Playing, play } from "../../../lab/proof/play.ts";
import { sampleProbes } from "../../../lab/proof/sample.ts";
import type { Stage } from "../../../lab/proof/stage.ts";
import { tryProbe } from "../../../lab/proof/trial.ts";
import { labOf } from "../../../lab/state.ts";
import { VERIFY_DOMAIN } from "../../support/verify-domain.ts";

jest.mock("../../../lab/proof/trial.ts");

const lab = labOf("nowhere");
const { domain } = load(VERIFY_DOMAIN);
if (!domain) throw new Error("the domain of this test has problems");
const plans = compile(domain, emptyLock).plans.flatMap((server) => server.interfaces);
const [probe] = sampleProbes(plans, { seed: 1, pairs: 1, landmarks: [], usable: () => true });
if (!probe) throw new Error("the sample of this test is empty");

/** What the tries of a probe come to, one after the other: a proof, or a fault. */
function tries(...results: readonly (Proof | Error)[]) {
  const tried = jest.mocked(tryProbe).mockReset();
  for (const result of results)
    result instanceof Error ? tried.mockRejectedValueOnce(result) : tried.mockResolvedValueOnce(result);
  return tried;
}

function playing({ budget = 10, signal }: { budget?: number; signal?: AbortSignal } = {}) {
  const close = jest.fn(async () => undefined);
  const stage = { lab, close } as unknown as Stage;
  const { plan, peer } = probe ?? {};
  if (!plan || !peer) throw new Error("unreachable");
  let left = budget;
  const stageHand: Playing = {
    order: {
      ...{ lab, server: "router", plans, probes: [], onProof: () => undefined },
      casting: () => ({ plan, peer, at: "wan", config: "" }),
      natInterface: () => undefined,
      control: () => undefined,
      ...(signal ? { signal } : {}),
    },
    counters: { nextNumber: () => 0, mayRepeat: () => left-- > 0 },
    stage,
    cast: new Map([[peer.path, { plan, peer, node: "actor" }]]),
    absent: new Map(),
    silent: new Set(),
  };
  return { stageHand, close, path: peer.path };
}

const unclear: Proof = { outcome: "unclear", detail: "the control was not answered" };

test.each<Proof["outcome"]>(["agrees", "disagrees"])("what %s is not tried again", async (outcome) => {
  const tried = tries({ outcome, detail: "as seen" });
  expect(await play(playing().stageHand, probe)).toEqual({ outcome, detail: "as seen" });
  expect(tried).toHaveBeenCalledTimes(1);
});

test.each<Proof["outcome"]>(["agrees", "disagrees", "unclear"])(
  "what is unclear gets one more try, which may say %s, and the first reason stays to be read",
  async (outcome) => {
    const tried = tries(unclear, { outcome, detail: "as seen" });
    const proof = await play(playing().stageHand, probe);
    expect(proof.outcome).toBe(outcome);
    expect(proof.detail).toMatch(/^as seen .*the control was not answered/);
    expect(tried).toHaveBeenCalledTimes(2);
  },
);

test("a tool that does not answer in time is replaced, and the probe tried again", async () => {
  tries(new Error("nft did not answer"), { outcome: "agrees", detail: "as seen" });
  const { stageHand, close } = playing();
  const proof = await play(stageHand, probe);
  expect(proof).toMatchObject({ outcome: "agrees", detail: expect.stringContaining("nft did not answer") });
  expect(close).toHaveBeenCalledTimes(1);
});

test("second tries have an end", async () => {
  const tried = tries(unclear, unclear, unclear);
  const { stageHand } = playing({ budget: 1 });
  await play(stageHand, probe);
  expect(await play(stageHand, probe)).toEqual(unclear);
  expect(tried).toHaveBeenCalledTimes(3);
});

test("nobody is tried again who was found to be absent, nor when the run is interrupted", async () => {
  const { stageHand, path } = playing();
  const tried = tries();
  tried.mockImplementationOnce(async () => {
    stageHand.absent.set(path, "no new handshake");
    return unclear;
  });
  expect(await play(stageHand, probe)).toEqual(unclear);
  const control = new AbortController();
  tried.mockImplementationOnce(async () => {
    control.abort();
    return unclear;
  });
  expect(await play(playing({ signal: control.signal }).stageHand, probe)).toEqual({
    outcome: "unclear",
    detail: "interrupted",
  });
  expect(tried).toHaveBeenCalledTimes(2);
});
