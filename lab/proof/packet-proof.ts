import type { InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import { removeClient } from "../client.ts";
import { type Lab, nodesOf } from "../state.ts";
import { type Actor, type Casting, castActor, sweepActors, wake, widen } from "./actors.ts";
import { type Proof, unclear } from "./judge.ts";
import type { Probe } from "./probe.ts";
import { ownerPath, type Scene } from "./spot.ts";
import { openStage, type Stage } from "./stage.ts";
import { tryProbe } from "./trial.ts";

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

/** Puts every probe to the test with packets. Whatever happens, nothing of it stays in the lab. */
export async function provePackets(order: PacketProofOrder): Promise<void> {
  await sweepActors(order.lab);
  let number = 0;
  for (const plan of order.plans) {
    const probes = order.probes.filter((probe) => probe.plan === plan);
    const peers = [...new Set(probes.map((probe) => probe.peer))];
    for (let i = 0; i < peers.length; i += CAST_AT_ONCE) {
      const now = new Set(peers.slice(i, i + CAST_AT_ONCE));
      const act = probes.filter((probe) => now.has(probe.peer));
      await playAct(order, act, () => number++);
    }
  }
}

/** Clients come up as they were handed out, send what they may, then what they may not, and go. */
async function playAct(order: PacketProofOrder, probes: readonly Probe[], nextNumber: () => number): Promise<void> {
  const stage = openStage(order.lab);
  const cast = new Map<string, Actor>();
  const absent = new Map<string, string>();
  try {
    for (const { plan, peer } of involved(order, probes)) {
      if (order.signal?.aborted) break;
      try {
        const actor = await castActor(order.lab, nextNumber(), order.casting(plan, peer));
        cast.set(peer.path, actor);
        if (!(await wake(stage, actor))) absent.set(peer.path, `${peer.path}: no handshake with the server in time`);
      } catch (error) {
        absent.set(peer.path, `${peer.path} did not come up: ${messageOf(error)}`);
      }
    }
    await playProbes(order, { stage, cast, absent }, probes);
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

interface Playing {
  readonly stage: Stage;
  readonly cast: ReadonlyMap<string, Actor>;
  /** Clients that can't take part, and why. */
  readonly absent: ReadonlyMap<string, string>;
}

async function playProbes(
  order: PacketProofOrder,
  { stage, cast, absent }: Playing,
  probes: readonly Probe[],
): Promise<void> {
  const { lab, server, plans, signal } = order;
  const actors = new Map([...cast].map(([path, actor]) => [path, actor.node]));
  const scene: Scene = { nodes: nodesOf(lab), server, plans, actors };
  const play = async (probe: Probe): Promise<Proof> => {
    if (signal?.aborted) return unclear("interrupted");
    const target = ownerPath(plans, probe.to);
    const missing = absent.get(probe.peer.path) ?? (target && absent.get(target));
    const actor = cast.get(probe.peer.path);
    if (missing !== undefined || !actor) return unclear(missing ?? "the client is not there");
    const control = order.control(probe.plan, probe.peer);
    try {
      return await tryProbe({ stage, scene, actor, control, natInterface: order.natInterface(probe.plan) }, probe);
    } catch (error) {
      return unclear(messageOf(error));
    }
  };
  for (const probe of probes.filter((one) => one.verdict === "allow")) order.onProof(probe, await play(probe));
  for (const actor of signal?.aborted ? [] : cast.values()) await widen(lab, actor);
  for (const probe of probes.filter((one) => one.verdict === "deny")) order.onProof(probe, await play(probe));
}

/** Everybody who sends, and every client that is sent to. */
function involved(
  { plans, control }: PacketProofOrder,
  probes: readonly Probe[],
): { plan: InterfacePlan; peer: PeerPlan }[] {
  const controls = probes.flatMap((probe) => control(probe.plan, probe.peer) ?? []);
  const targets = [...probes, ...controls].flatMap((probe) => ownerPath(plans, probe.to) ?? []);
  const paths = new Set([...probes.map((probe) => probe.peer.path), ...targets]);
  return plans.flatMap((plan) => plan.peers.filter((peer) => paths.has(peer.path)).map((peer) => ({ plan, peer })));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
