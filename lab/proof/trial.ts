import { setTimeout as sleep } from "node:timers/promises";
import type { Actor } from "./actors.ts";
import { carries, type Path, shakes, sourcesOf, type Witness } from "./evidence.ts";
import { judgeAllowed, judgeDenied, type Proof, unclear } from "./judge.ts";
import type { Probe } from "./probe.ts";
import { type Effort, send } from "./send.ts";
import { type Spot, spotOf } from "./spot.ts";

/** What one probe is tried with. */
export interface Trial extends Witness {
  readonly actor: Actor;
  /** The client whom it goes to, if it goes to one. */
  readonly target: Actor | undefined;
}

// An allowed packet gets many chances on a busy machine, a forbidden one a short time: the control packet that follows it
// on the same way shows that it would have been there.
const PATIENT: Effort = { attempts: 5, timeoutMs: 1500, enough: ["echo"] };
const BRIEF: Effort = { attempts: 2, timeoutMs: 200, enough: ["echo", "connected"] };
const GRACE_MS = 100;
const OPEN: Path = { works: true, evidence: "nothing is in the way", prompt: true };
/** How often a forbidden packet is sent again because the tunnel may have been out when it was. */
const ROUNDS = 3;

/** A spot, and its name for a person, who knows clients by their path and not by the node that plays them. */
interface Goal {
  readonly spot: Spot;
  readonly node: string;
}

/** Sends the probe and compares what happened with its verdict. */
export async function tryProbe(trial: Trial, probe: Probe): Promise<Proof> {
  const spot = spotOf(trial.scene, probe.plan, probe.to);
  if (!spot) return unclear("nobody in the lab has that address");
  const [player] = [...trial.scene.actors].find(([, node]) => node === spot.node) ?? [];
  const goal = { spot, node: player ?? spot.node };
  return probe.verdict === "allow" ? tryAllowed(trial, probe, goal) : tryDenied(trial, probe, goal);
}

/** What does not arrive is sent again through a tunnel that has just been seen to work. */
async function tryAllowed(trial: Trial, probe: Probe, { spot, node }: Goal): Promise<Proof> {
  const expected = sourcesOf(trial, probe, spot);
  const shipment = { stage: trial.stage, actor: trial.actor, probe, spot, effort: PATIENT };
  const first = await send(shipment);
  if (first.arrived.length > 0) return judgeAllowed({ ...first, node, expected, path: OPEN });
  const path = await shakesAtBothEnds(trial);
  const seen = path.works ? await send(shipment) : first;
  return judgeAllowed({ ...seen, node, expected, path });
}

async function shakesAtBothEnds(trial: Trial): Promise<Path> {
  const path = await shakes(trial, trial.actor);
  return path.works && trial.target ? shakes(trial, trial.target) : path;
}

/** Silence tells something only when the server reaches whom the packet goes to, and packets of its sender get through. */
async function tryDenied(trial: Trial, probe: Probe, { spot, node }: Goal): Promise<Proof> {
  const { stage, actor, target } = trial;
  for (let round = 1; ; round++) {
    let path: Path = target ? await carries(trial, target, probe) : OPEN;
    const seen = await send({ stage, actor, probe, spot, effort: BRIEF }, async () => {
      const own = path.works ? await carries(trial, actor, probe) : undefined;
      path = own ?? path;
      await sleep(GRACE_MS);
      return own?.sources ?? [];
    });
    const proof = judgeDenied({ ...seen, node, expected: [], path });
    if (proof.outcome !== "agrees" || path.prompt) return proof;
    if (round === ROUNDS) return unclear(`nothing arrived at ${node}, but not much else either: ${path.evidence}`);
  }
}
