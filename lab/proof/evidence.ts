import { formatAddress, sameAddress } from "../../core/net/address.ts";
import { type Actor, shakeHands } from "./actors.ts";
import type { Probe } from "./probe.ts";
import { type Effort, send } from "./send.ts";
import { expectedSources, ownerPath, type Scene, type Spot, spotOf } from "./spot.ts";
import type { Stage } from "./stage.ts";

/** What it takes to see whether packets of a client get through at all. */
export interface Witness {
  readonly stage: Stage;
  readonly scene: Scene;
  /** An allowed probe of the client, if there is one. */
  readonly control: (actor: Actor) => Probe | undefined;
  /** Clients that can't take part, by path, and why. */
  readonly absent: Map<string, string>;
  /** Nodes whose last control was not answered. */
  readonly silent: Set<string>;
  /** Device interface that hides the tunnel of the sender behind its own address. */
  readonly natInterface: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether packets of a client get through now. */
export interface Path {
  readonly works: boolean;
  readonly evidence: string;
  /** It worked at once, so it hardly was out a moment ago. */
  readonly prompt: boolean;
}

/** WireGuard repeats a handshake that got lost after that (REKEY_TIMEOUT), and sends what waited for it. */
const RETRY_MS = 5000;

const CONTROL: Effort = { attempts: 4, timeoutMs: RETRY_MS, enough: ["echo", "connected"] };

export interface Carried extends Path {
  /** What the control bears as its source, when it went to the very target of the probe. */
  readonly sources: readonly string[];
}

/** Sends an allowed packet of the client; one that may send none shakes hands. */
export async function carries(witness: Witness, actor: Actor, probe: Probe): Promise<Carried> {
  const { scene, control, absent } = witness;
  const allowed = control(actor);
  const spot = allowed && spotOf(scene, allowed.plan, allowed.to);
  if (!allowed || !spot) return { ...(await shakes(witness, actor)), sources: [] };
  const what = `${allowed.protocol} from ${actor.peer.path} to ${formatAddress(allowed.to)}`;
  const fail = (why: string): Carried => ({
    ...{ works: false, prompt: false, sources: [] },
    evidence: `${what}, which is allowed, ${why}`,
  });
  const missing = absent.get(ownerPath(scene.plans, allowed.to) ?? "");
  if (missing !== undefined) return fail(`can't be tried: ${missing}`);
  const { works, attempts } = await sendControl(witness, actor, allowed, spot);
  if (!works) return fail("was not answered");
  const sources = isSameTarget(allowed, probe) ? sourcesOf(witness, allowed, spot) : [];
  if (attempts === 1) return { works, prompt: true, sources, evidence: `${what} was answered` };
  return { works, prompt: false, sources, evidence: `${what} was answered, but only at attempt ${attempts}` };
}

async function sendControl({ stage, silent, signal }: Witness, actor: Actor, probe: Probe, spot: Spot) {
  // Who was waited for in vain is not waited for as long again.
  const effort = silent.has(actor.node) ? { ...CONTROL, attempts: 1 } : CONTROL;
  const { answer, arrived, attempts } = await send({ stage, actor, probe, spot, effort, signal });
  const works = arrived.length > 0 && CONTROL.enough.includes(answer.kind);
  if (works) silent.delete(actor.node);
  else silent.add(actor.node);
  return { works, attempts };
}

/** A new handshake: whatever the policy is, it shows that the tunnel works now. Who can't is absent from then on. */
export async function shakes({ stage, absent, signal }: Witness, actor: Actor): Promise<Path> {
  const { path } = actor.peer;
  const since = Date.now();
  const works = await shakeHands(stage, actor, signal);
  const evidence = works
    ? `${path} shook hands with the server anew`
    : `${path}: no new handshake with the server in time`;
  if (!works) absent.set(path, evidence);
  return { works, prompt: works && Date.now() - since < RETRY_MS, evidence };
}

/** The sources that an allowed probe should bear where it arrives. */
export function sourcesOf({ scene, natInterface }: Witness, { peer, to }: Probe, spot: Spot): string[] {
  const own = peer.addresses.filter(({ family }) => family === to.family);
  return expectedSources(scene, spot, own, natInterface);
}

function isSameTarget(one: Probe, other: Probe): boolean {
  return sameAddress(one.to, other.to) && one.protocol === other.protocol && one.port === other.port;
}
