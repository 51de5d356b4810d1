import { formatAddress } from "../../core/net/address.ts";
import type { Answer } from "../agent/ask.ts";
import { ask as askPort, ping } from "../prober.ts";
import { type Actor, pretend } from "./actors.ts";
import type { Sighting } from "./judge.ts";
import type { Probe } from "./probe.ts";
import type { Spot } from "./spot.ts";
import { arrivalsAt, occupy, type Stage, vacate } from "./stage.ts";

/** How hard one packet is tried. */
export interface Effort {
  readonly attempts: number;
  /** For each. */
  readonly timeoutMs: number;
  /** Answers after which nothing more needs to be sent. */
  readonly enough: readonly Answer["kind"][];
}

/** One probe on its way. */
export interface Shipment {
  readonly stage: Stage;
  readonly actor: Actor;
  readonly probe: Probe;
  readonly spot: Spot;
  readonly effort: Effort;
  /** Ends the attempts early. */
  readonly signal?: AbortSignal | undefined;
}

/** What was seen, and after how many attempts. */
export interface Sent extends Sighting {
  readonly attempts: number;
}

/**
 * Sends and watches. `afterwards` runs before the last look; it returns the sources of what it sent to the same target itself,
 * which don't count from then on.
 */
export async function send(shipment: Shipment, afterwards?: () => Promise<readonly string[]>): Promise<Sent> {
  const { stage, probe, spot } = shipment;
  const target = { address: formatAddress(probe.to), protocol: probe.protocol, port: probe.port };
  const host = await stage.host(spot.node);
  const { busy } = await occupy(host, spot, target);
  try {
    const before = await arrivalsAt(host, target);
    // A program that is not ours may say nothing once it is connected.
    const enough = busy ? [...shipment.effort.enough, "connected"] : shipment.effort.enough;
    const tried = await attempt(shipment, enough);
    const then = await arrivalsAt(host, target);
    const others = await afterwards?.();
    const late = others ? grown(then, await arrivalsAt(host, target)).filter((source) => !others.includes(source)) : [];
    return { ...tried, busy, arrived: [...new Set([...grown(before, then), ...late])] };
  } finally {
    await vacate(host, spot, target);
  }
}

function grown(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after].filter(([source, packets]) => packets > (before.get(source) ?? 0)).map(([source]) => source);
}

type Tried = Pick<Sent, "answer" | "attempts">;

async function attempt(shipment: Shipment, enough: readonly string[]): Promise<Tried> {
  const { stage, actor, probe } = shipment;
  if (!probe.spoof) return askOften(shipment, enough);
  return pretend(stage.lab, actor, probe.spoof, () => askOften(shipment, enough));
}

async function askOften(
  { stage, actor, probe, spot, effort, signal }: Shipment,
  enough: readonly string[],
): Promise<Tried> {
  const { place, prober } = await stage.host(actor.node);
  const { protocol, port } = probe;
  const address = `${formatAddress(probe.to)}${spot.zone ? `%${spot.zone}` : ""}`;
  // To a link-local target the system would choose a link-local source, which no server accepts whatever its policy.
  const from =
    probe.spoof ?? (spot.zone ? probe.peer.addresses.find((own) => own.family === probe.to.family) : undefined);
  const options = { ...(from ? { source: formatAddress(from) } : {}), timeoutMs: effort.timeoutMs };
  let answer: Answer = { kind: "none", detail: "no answer" };
  let attempts = 0;
  while (attempts < effort.attempts && !enough.includes(answer.kind) && !signal?.aborted) {
    attempts++;
    const next =
      protocol === "icmp"
        ? await ping(place, address, options)
        : await askPort(prober, { to: { protocol, address, port }, ...options });
    answer = clearer(answer, next);
  }
  return { answer, attempts };
}

const KINDS: readonly Answer["kind"][] = ["none", "refused", "connected", "echo"];

/** What has been answered once stays answered, also when a later attempt meets silence. */
function clearer(answer: Answer, next: Answer): Answer {
  return KINDS.indexOf(next.kind) >= KINDS.indexOf(answer.kind) ? next : answer;
}
