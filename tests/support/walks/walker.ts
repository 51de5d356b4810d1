import { auditServer, type InterfaceAudit } from "../../../core/live/audit.ts";
import { orphans } from "../../../core/live/orphans.ts";
import type { Difference } from "../../../core/live/types.ts";
import type { KeyRing } from "../../../core/plan/keys.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import type { ServerPlan } from "../../../core/plan/types.ts";
import type { Random } from "../random.ts";
import type { Probed, WalkDevice } from "./device.ts";
import { type Intent, type Planned, planned } from "./intent.ts";
import { liveLines } from "./live-lines.ts";
import { policyListings, type Target, wantedLines, withForwarding } from "./wanted-lines.ts";

/** Walks one device from intent to intent, and throws at the first thing that is not as it should be. */
export interface Walker {
  /** Brings the device there, as `pulumi up` does; with `thenBack`, first there, back, and there again. */
  readonly walk: (intent: Intent, thenBack: "straight" | "back-first") => Promise<void>;
  /** Removes every interface. */
  readonly leave: () => Promise<void>;
  readonly counts: { walked: number; rolledBack: number; applied: number; removed: number };
}

type Targets = ReadonlyMap<string, Target>;

export async function startWalker(device: WalkDevice, keys: KeyRing, random: Random): Promise<Walker> {
  const counts = { walked: 0, rolledBack: 0, applied: 0, removed: 0 };
  const listingOf = policyListings();
  const { others: untouched } = await liveLines(device, []);
  let lock = emptyLock;
  let now: Targets = new Map();
  let probed = await device.probe([]);

  const auditOf = ({ server, wg, config }: Target, { device: live, salt }: Probed): InterfaceAudit => {
    const [audit] = auditServer({
      stack: "walk",
      plan: { ...server, interfaces: [wg] },
      keys,
      config,
      device: live,
      salt,
    });
    if (audit === undefined) throw new Error(`${wg.name} has no audit`);
    return audit;
  };

  /** Probes, and holds what the helper says and what is really there against the plan. */
  async function arrive(targets: Targets): Promise<void> {
    const names = [...targets.keys()];
    probed = await device.probe(names);
    const audits = [...targets.values()].map((target) => auditOf(target, probed));
    for (const { plan, state, differences } of audits) {
      if (state !== "settled" || differences.length > 0) {
        throw new Error(`the probe shows ${plan.name} as ${state}:\n${described(differences)}`);
      }
    }
    const strays = orphans(serverOf(targets), keys, probed.device);
    if (strays.length > 0) throw new Error(`too much is there:\n${described(strays)}`);
    const seen = await liveLines(device, names);
    same("what is live", wantedLines([...targets.values()], keys), seen.ours);
    const documents = audits.map(({ document }) => document);
    same("what belongs to others", withForwarding(untouched, documents), seen.others);
    same("the tables", names.map((name) => `inet wirewright_${name}`).sort(), [...seen.tables.keys()].sort());
    for (const [name, target] of targets) {
      same(
        `the policy of ${name}`,
        rowsOf(await listingOf(target)),
        rowsOf(seen.tables.get(`inet wirewright_${name}`) ?? ""),
      );
    }
    now = targets;
  }

  /** What an up would do: the audits of whatever is not settled, in any order, as Pulumi goes about it. */
  function toDo(goal: Targets): readonly InterfaceAudit[] {
    const audits = [...goal.values()].map((target) => auditOf(target, probed));
    for (const { plan, state, drift } of audits) {
      if (state === "drift" || drift.length > 0) {
        throw new Error(`${plan.name} drifted although nobody was there:\n${described(drift)}`);
      }
    }
    return shuffled(
      audits.filter(({ state }) => state !== "settled"),
      random,
    );
  }

  /** Applies all, rolls back what waits for its confirmation, and expects the intent of before there. */
  async function turnBack(goal: Targets): Promise<void> {
    const armed = new Set<string>();
    for (const audit of toDo(goal)) if ((await device.apply(audit)) === "armed") armed.add(audit.plan.name);
    for (const name of shuffled([...armed], random)) {
      await device.rollback(name);
      counts.rolledBack++;
    }
    const [stay, come] = [[...now], [...goal].filter(([name]) => !armed.has(name))];
    await arrive(new Map([...stay, ...come]));
  }

  async function goThere(goal: Targets): Promise<void> {
    for (const audit of toDo(goal)) {
      const said = await device.apply(audit);
      if (said === "armed") await device.confirm(audit);
      counts.applied++;
    }
    const gone = [...now].filter(([name]) => !goal.has(name));
    for (const [name, target] of shuffled(gone, random)) {
      await device.remove(name, auditOf(target, probed).document);
      counts.removed++;
    }
    await arrive(goal);
  }

  return {
    counts,
    async walk(intent, thenBack) {
      const next = planned(intent, lock);
      lock = next.lock;
      const goal = targetsOf(next);
      if (thenBack === "back-first") await turnBack(goal);
      await goThere(goal);
      counts.walked++;
    },
    leave: () => goThere(new Map()),
  };
}

function targetsOf({ plan, config }: Planned): Targets {
  return new Map(plan.interfaces.map((wg) => [wg.name, { server: plan, wg, config }]));
}

function serverOf(targets: Targets): ServerPlan {
  const [first] = targets.values();
  const none = { server: "router", address: { family: 4, value: 0n }, endpoint: "" } as const;
  return { ...(first?.server ?? none), interfaces: [...targets.values()].map(({ wg }) => wg) };
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(random.below(rest.length), 1)[0] as T);
}

function described(differences: readonly Difference[]): string {
  return differences.map(({ property, want, have }) => `  ${property}: want ${want}, have ${have}`).join("\n");
}

/** Without the mark of the helper, which the plan's own text has not. */
function rowsOf(listing: string): readonly string[] {
  return listing.split("\n").filter((row) => row !== "" && !/^\tcomment "wirewright:/.test(row));
}

function same(what: string, want: readonly string[], have: readonly string[]): void {
  if (want.join("\n") === have.join("\n")) return;
  const only = (list: readonly string[], other: readonly string[], sign: string): readonly string[] =>
    list.filter((row) => !other.includes(row)).map((row) => `  ${sign} ${row}`);
  const rows = [...only(want, have, "missing:"), ...only(have, want, "too much:")];
  throw new Error(
    `${what} is not as it should be:\n${rows.slice(0, 20).join("\n") || "  the order or the number differs"}`,
  );
}
