import type { InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import { messageOf } from "../../core/thrown.ts";
import { removeClient } from "../client.ts";
import type { Lab } from "../state.ts";
import { type Actor, type Casting, castActor, sweepActors, wake, widen } from "./actors.ts";
import { involved } from "./involved.ts";
import type { Proof } from "./judge.ts";
import { type Counters, type Playing, play } from "./play.ts";
import type { Probe } from "./probe.ts";
import { openStage, type Stage } from "./stage.ts";

export interface PacketProofOrder {
  readonly lab: Lab;
  /** The server under test. */
  readonly server: string;
  /** Its interfaces. */
  readonly plans: readonly InterfacePlan[];
  readonly probes: readonly Probe[];
  /** How each client is plugged in and configured. */
  readonly casting: (plan: InterfacePlan, peer: PeerPlan) => Casting;
  readonly natInterface: (plan: InterfacePlan) => string | undefined;
  /** An allowed probe of the same client. */
  readonly control: (plan: InterfacePlan, peer: PeerPlan) => Probe | undefined;
  readonly onProof: (probe: Probe, proof: Proof) => void;
  /** Stops between two probes; what is left is unclear. */
  readonly signal?: AbortSignal;
}

/** Clients that are up at once. */
const CAST_AT_ONCE = 12;
/** Probes of one run that are tried again: of bad luck there is not more, and the rest is to end in good time. */
const MOST_REPEATS = 10;

/** Puts every probe to the test with packets. Whatever happens, nothing of it stays in the lab. */
export async function provePackets(order: PacketProofOrder): Promise<void> {
  await sweepActors(order.lab);
  let number = 0;
  let repeats = 0;
  const counters = { nextNumber: () => number++, mayRepeat: () => repeats++ < MOST_REPEATS };
  for (const plan of order.plans) {
    const probes = order.probes.filter((probe) => probe.plan === plan);
    const peers = [...new Set(probes.map((probe) => probe.peer))];
    for (let i = 0; i < peers.length; i += CAST_AT_ONCE) {
      const now = new Set(peers.slice(i, i + CAST_AT_ONCE));
      const act = probes.filter((probe) => now.has(probe.peer));
      await playAct(order, act, counters);
    }
  }
}

/** Clients come up as they were handed out, send what they may, then what they may not, and go. */
async function playAct(order: PacketProofOrder, probes: readonly Probe[], counters: Counters): Promise<void> {
  const stage = openStage(order.lab);
  const cast = new Map<string, Actor>();
  const absent = new Map<string, string>();
  try {
    for (const { plan, peer } of involved(order, probes)) {
      if (order.signal?.aborted) break;
      try {
        cast.set(peer.path, await castActor(order.lab, counters.nextNumber(), order.casting(plan, peer)));
      } catch (error) {
        absent.set(peer.path, `${peer.path} did not come up: ${messageOf(error)}`);
      }
    }
    const playing = { order, counters, stage, cast, absent, silent: new Set<string>() };
    await withAll(playing, "could not be woken", async (actor) => {
      if (!(await wake(stage, actor, order.signal))) throw new Error("no handshake with the server in time");
    });
    await playProbes(playing, probes);
  } finally {
    await clear(stage, cast);
  }
}

/** Closes the stage and removes every client, also when one of them can't be; throws what was first to go wrong. */
async function clear(stage: Stage, cast: ReadonlyMap<string, Actor>): Promise<void> {
  const closed = await Promise.allSettled([stage.close()]);
  const removed = await Promise.allSettled([...cast.values()].map(({ node }) => removeClient(stage.lab, node)));
  const failed = [...closed, ...removed].find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** Does something with all who are there, at once; who fails is absent from then on. */
async function withAll({ cast, absent }: Playing, fault: string, act: (actor: Actor) => Promise<void>): Promise<void> {
  const present = [...cast].filter(([path]) => !absent.has(path));
  const told = present.map(([path, actor]) =>
    act(actor).catch((error: unknown) => absent.set(path, `${path} ${fault}: ${messageOf(error)}`)),
  );
  await Promise.all(told);
}

async function playProbes(playing: Playing, probes: readonly Probe[]): Promise<void> {
  const { onProof, lab, signal } = playing.order;
  for (const probe of probes.filter((one) => one.verdict === "allow")) onProof(probe, await play(playing, probe));
  if (!signal?.aborted) await withAll(playing, "could not be widened", (actor) => widen(lab, actor));
  for (const probe of probes.filter((one) => one.verdict === "deny")) onProof(probe, await play(playing, probe));
}
