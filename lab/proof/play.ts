import { messageOf } from "../../core/thrown.ts";
import { nodesOf } from "../state.ts";
import type { Actor } from "./actors.ts";
import { type Proof, unclear } from "./judge.ts";
import type { PacketProofOrder } from "./packet-proof.ts";
import type { Probe } from "./probe.ts";
import { ownerPath } from "./spot.ts";
import type { Stage } from "./stage.ts";
import { type Trial, tryProbe } from "./trial.ts";

export interface Counters {
  readonly nextNumber: () => number;
  /** Whether one more probe may be tried again. */
  readonly mayRepeat: () => boolean;
}

/** Those on stage, and what is known of them. */
export interface Playing {
  readonly order: PacketProofOrder;
  readonly counters: Counters;
  readonly stage: Stage;
  readonly cast: ReadonlyMap<string, Actor>;
  /** See `Witness`. */
  readonly absent: Map<string, string>;
  readonly silent: Set<string>;
}

/** What could not be told gets a second try. What was told, either way, stands. */
export async function play(playing: Playing, probe: Probe): Promise<Proof> {
  const first = await playOnce(playing, probe);
  const isInVain = playing.order.signal?.aborted || whyNot(playing, probe) !== undefined;
  if (first.outcome !== "unclear" || isInVain || !playing.counters.mayRepeat()) return first;
  const { outcome, detail } = await playOnce(playing, probe);
  return { outcome, detail: `${detail} (at the second try; the first could not tell: ${first.detail})` };
}

async function playOnce(playing: Playing, probe: Probe): Promise<Proof> {
  const { order, stage, cast, absent, silent } = playing;
  const { lab, server, plans, signal } = order;
  const actor = cast.get(probe.peer.path);
  const reason = signal?.aborted ? "interrupted" : whyNot(playing, probe);
  if (reason !== undefined || !actor) return unclear(reason ?? "the client is not there");
  const actors = new Map([...cast].map(([path, { node }]) => [path, node]));
  const trial: Trial = {
    stage,
    scene: { nodes: nodesOf(lab), server, plans, actors },
    actor,
    target: cast.get(ownerPath(plans, probe.to) ?? ""),
    control: ({ plan, peer }) => order.control(plan, peer),
    absent,
    silent,
    natInterface: order.natInterface(probe.plan),
    signal,
  };
  try {
    const proof = await tryProbe(trial, probe);
    return proof.outcome === "unclear" && signal?.aborted ? unclear("interrupted") : proof;
  } catch (error) {
    // Who did not answer in time may take the old question for the next one: everybody is replaced.
    await stage.close().catch(() => undefined);
    return unclear(messageOf(error));
  }
}

/** Who is missing at either end. */
function whyNot({ order, absent }: Playing, { peer, to }: Probe): string | undefined {
  return absent.get(peer.path) ?? absent.get(ownerPath(order.plans, to) ?? "");
}
