import { setTimeout as sleep } from "node:timers/promises";
import { formatAddress } from "../../core/net/address.ts";
import { type Answer, ask as askPort, ping } from "../prober.ts";
import { type Actor, hasHandshake, pretend } from "./actors.ts";
import { type Case, judgeAllowed, judgeDenied, type Proof, type Sighting, unclear } from "./judge.ts";
import type { Probe } from "./probe.ts";
import { expectedSources, type Scene, type Spot, spotOf } from "./spot.ts";
import { arrivalsAt, occupy, type Stage, vacate } from "./stage.ts";

/** What one probe is tried with. */
export interface Trial {
  readonly stage: Stage;
  readonly scene: Scene;
  readonly actor: Actor;
  /** An allowed probe of the same client, if there is one. */
  readonly control: Probe | undefined;
  /** Device interface that hides the tunnel behind its own address. */
  readonly natInterface: string | undefined;
}

// An allowed packet gets many chances on a busy machine, a forbidden one a short time: the control packet that follows it
// on the same way shows that it would have been there.
const PATIENT = { attempts: 5, timeoutMs: 1500 };
const BRIEF = { attempts: 2, timeoutMs: 200 };
const GRACE_MS = 100;

type Effort = typeof PATIENT;

/** Sends the probe and compares what happened with its verdict. */
export async function tryProbe(trial: Trial, probe: Probe): Promise<Proof> {
  const spot = spotOf(trial.scene, probe.plan, probe.to);
  if (!spot) return unclear("nobody in the lab has that address");
  // A person knows clients by their path, not by the node that plays them.
  const [player] = [...trial.scene.actors].find(([, node]) => node === spot.node) ?? [];
  const node = player ?? spot.node;
  const expected = expectedSources(
    trial.scene,
    spot,
    probe.peer.addresses.filter((own) => own.family === probe.to.family),
    trial.natInterface,
  );
  if (probe.verdict === "allow") {
    const seen = await send(trial, probe, spot, PATIENT, async () => undefined);
    const path = seen.arrived.length > 0 ? { works: true, evidence: "" } : await handshake(trial);
    return judgeAllowed({ ...seen, node, expected, path });
  }
  let path: Case["path"] = { works: false, evidence: "" };
  const seen = await send(trial, probe, spot, BRIEF, async () => {
    path = await pathWorks(trial);
    await sleep(GRACE_MS);
  });
  return judgeDenied({ ...seen, node, expected, path });
}

/** Sends and watches; `afterwards` runs before the last look. */
async function send(
  trial: Trial,
  probe: Probe,
  spot: Spot,
  effort: Effort,
  afterwards: () => Promise<void>,
): Promise<Sighting> {
  const target = { address: formatAddress(probe.to), protocol: probe.protocol, port: probe.port };
  const host = await trial.stage.host(spot.node);
  const { busy } = await occupy(host, spot, target);
  try {
    const before = await arrivalsAt(host, target);
    const answer = await attempt(trial, probe, spot, effort);
    await afterwards();
    const after = await arrivalsAt(host, target);
    const arrived = [...after]
      .filter(([source, packets]) => packets > (before.get(source) ?? 0))
      .map(([source]) => source);
    return { answer, arrived, busy };
  } finally {
    await vacate(host, spot, target);
  }
}

async function attempt(trial: Trial, probe: Probe, spot: Spot, effort: Effort): Promise<Answer> {
  const { stage, actor } = trial;
  if (!probe.spoof) return ask(trial, probe, spot, effort);
  return pretend(stage.lab, actor, probe.spoof, () => ask(trial, probe, spot, effort));
}

async function ask(
  { stage, actor }: Trial,
  probe: Probe,
  spot: Spot,
  { attempts, timeoutMs }: Effort,
): Promise<Answer> {
  const { place, prober } = await stage.host(actor.node);
  const { protocol, port } = probe;
  const address = `${formatAddress(probe.to)}${spot.zone ? `%${spot.zone}` : ""}`;
  // To a link-local target the system would choose a link-local source, which no server accepts whatever its policy.
  const from =
    probe.spoof ?? (spot.zone ? probe.peer.addresses.find((own) => own.family === probe.to.family) : undefined);
  const source = from ? { source: formatAddress(from) } : {};
  let answer: Answer = { kind: "none", detail: "no answer" };
  for (let i = 0; i < attempts && answer.kind !== "echo" && answer.kind !== "connected"; i++) {
    answer =
      protocol === "icmp"
        ? await ping(place, address, { ...source, timeoutMs })
        : await askPort(prober, { to: { protocol, address, port }, ...source, timeoutMs });
  }
  return answer;
}

async function pathWorks(trial: Trial): Promise<Case["path"]> {
  const { scene, control } = trial;
  const spot = control && spotOf(scene, control.plan, control.to);
  if (!control || !spot) return handshake(trial);
  const { answer, arrived } = await send(trial, control, spot, PATIENT, async () => undefined);
  const works = arrived.length > 0 && (answer.kind === "echo" || answer.kind === "connected");
  const what = `${control.protocol} to ${formatAddress(control.to)}`;
  return {
    works,
    evidence: works ? `${what} right after it was answered` : `${what}, which is allowed, was not answered`,
  };
}

async function handshake({ stage, actor }: Trial): Promise<Case["path"]> {
  const works = await hasHandshake(stage.lab, actor);
  return { works, evidence: works ? "it has shaken hands with the server" : "no handshake with the server" };
}
