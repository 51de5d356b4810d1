import type { InterfaceAudit } from "./audit.ts";
import type { LiveDevice } from "./types.ts";

export interface PortMoves {
  /** In such an order that who gives a port up comes before who takes it; else as they were. */
  readonly ordered: readonly InterfaceAudit[];
  /** By interface: the one that has its port until it has moved itself. */
  readonly giver: ReadonlyMap<string, string>;
  /** What no order can bring about, a sentence each. */
  readonly refusals: readonly string[];
}

/** A UDP port has one owner at a time, so an interface that takes the port of another one of ours comes after it. */
export function portMoves(interfaces: readonly InterfaceAudit[], device: LiveDevice | undefined): PortMoves {
  const planned = new Map(interfaces.map((wg) => [wg.plan.name, wg]));
  const holders = new Map([...(device?.interfaces ?? [])].map(([name, live]) => [live.link?.port, name]));
  const giver = new Map<string, string>();
  const refusals: string[] = [];
  for (const { plan } of interfaces) {
    const holder = holders.get(plan.port);
    if (holder === undefined || holder === plan.name) continue;
    const live = device?.interfaces.get(holder);
    // What is not ours, and a link of ours that somebody renamed, are the device's to tell or to end.
    if (live?.link?.mark === "" || live?.record === undefined) continue;
    if (planned.has(holder)) giver.set(plan.name, holder);
    else refusals.push(leaving(plan.path, plan.port, holder));
  }
  const ordered: InterfaceAudit[] = [];
  const done = new Set<string>();
  const place = (wg: InterfaceAudit, waiting: readonly string[]): void => {
    const { name } = wg.plan;
    if (done.has(name)) return;
    const first = planned.get(giver.get(name) ?? "");
    if (waiting.includes(name)) {
      refusals.push(circle(waiting.slice(waiting.indexOf(name))));
      return;
    }
    if (first !== undefined) place(first, [...waiting, name]);
    if (done.has(name)) return;
    done.add(name);
    ordered.push(wg);
  };
  for (const wg of interfaces) place(wg, []);
  return { ordered, giver, refusals };
}

function leaving(path: string, port: number, holder: string): string {
  return `${path}: UDP port ${port} is still that of ${holder}, which is not in the plan any more; let ${holder} go in an up of its own first, or give ${path} another port until then`;
}

function circle(names: readonly string[]): string {
  return `${names.join(", ")}: they pass their UDP ports round in a circle, and a port has one owner at a time; give one of them a port that is free in an up of its own first`;
}
