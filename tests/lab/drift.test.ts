import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLabStack } from "../../cli/input/lab-stack.ts";
import { orphans } from "../../core/live/orphans.ts";
import { HelperExit } from "../../device/protocol.ts";
import { up } from "../../lab/up.ts";
import type { Stack } from "../../project/stack.ts";
import { type Bystanders, peerOf, plugIn, startBystanders } from "../support/drift-bystanders.ts";
import { type Audit, type DriftDevice, driftDevice, shellOn } from "../support/drift-device.ts";
import { DRIFT_DOMAIN, DRIFT_STACK } from "../support/drift-domain.ts";
import { LEGITIMATE, MUTATIONS, type Mutation, REFUSED, TOLD } from "../support/drift-mutations.ts";
import { told, v4, variables } from "../support/drift-words.ts";
import { describeLab, scratchLab } from "../support/lab.ts";

jest.setTimeout(240_000);

/** Of others, and of every kind that a router has: must be the same after each repair. */
const FOREIGN = `
  nft 'table inet theirs { set s { type ipv4_addr; elements = { 192.0.2.1 }; }
    chain c { type filter hook forward priority 10; ip saddr @s counter drop; }; }'
  ip rule add prio 5000 fwmark 0x77 lookup 100
  ip route add 203.0.113.0/24 via 192.168.1.10 proto static
  ip route add default via 192.168.1.10 table 100
  ip link add theirs0 type veth peer name theirs1; ip address add 10.95.0.1/24 dev theirs0; ip link set theirs0 up
  echo 1 >/proc/sys/net/ipv4/conf/cam0/rp_filter`;

describeLab("drift of a device from its plan", () => {
  const { lab, close } = scratchLab("drift");
  const rows: string[] = [];
  let stack: Stack;
  let router: DriftDevice;
  let bystanders: Bystanders;

  beforeAll(async () => {
    await up(lab);
    writeFileSync(join(lab.dir, "project/domain.yaml"), DRIFT_DOMAIN);
    writeFileSync(join(lab.dir, "project/Pulumi.drift.yaml"), DRIFT_STACK);
    stack = await openLabStack(lab, "drift");
    router = driftDevice(shellOn(lab, stack.plan.server), stack);
    await byHand(FOREIGN);
    await repair(await router.audit());
    expect(told(await router.audit(), "wg0")).toEqual([]);
    bystanders = await startBystanders(lab, stack, "bystander");
    for (const wg of stack.plan.interfaces) await plugIn(lab, stack, wg, "victim");
    // As each minute: it remembers where the clients are.
    await byHand(
      `for i in 1 2 3 4 5 6 7 8 9; do ${stack.plan.interfaces.map((wg) => `ping -n -q -c 1 -W 1 ${v4(peerOf(wg, "victim"))}`).join(" && ")} && break; done; /etc/wirewright/wgctl tick`,
    );
  });
  afterAll(async () => {
    process.stdout.write(`${rows.join("\n")}\n`);
    await bystanders?.close();
    await close();
  });

  const byHand = async (script: string): Promise<void> => {
    const { code, stderr } = await router.hand(`set -e; ${script}`);
    if (code !== 0) throw new Error(`${script}: exit ${code}: ${stderr}`);
  };

  const repair = async (audit: Audit): Promise<void> => {
    for (const { code, stderr } of await router.repair(audit))
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  };

  const words = (name: string) => variables(stack, name, name === "wg0" ? "wireguard-go" : "boringtun-cli");

  type Row = Mutation & { readonly at: "wg0" | "wg1" };
  const onBoth = (mutations: readonly Mutation[]): Row[] =>
    mutations.flatMap((one) =>
      (["wg0", "wg1"] as const).flatMap((at) => (one.only && one.only !== at ? [] : { ...one, at })),
    );

  /** Does it, looks, and takes back what a hand has to take back. */
  async function mutated<T>(row: Row, look: () => Promise<T>): Promise<T> {
    try {
      await byHand(`${words(row.at)}; ${row.script}`);
      return await look();
    } finally {
      if (row.undo) await byHand(`${words(row.at)}; ${row.undo}`);
    }
  }
  const note = (row: Row, text: string) =>
    rows.push(`${row.at === "wg0" ? "wireguard-go" : "boringtun   "}  ${row.name}: ${text}`);

  async function settled(of: string): Promise<void> {
    const audit = await router.audit();
    expect({ told: told(audit, of), states: audit.interfaces.map(({ state }) => state) }).toEqual({
      told: [],
      states: ["settled", "settled"],
    });
  }

  /** A hung daemon is asked for 5 s at most; the rest is for all else that a probe does, on a machine that is busy. */
  const HUNG_SECONDS = 5 + 10;

  /** Does it, looks, repairs; and what that cost the bystanders of the same interface and of the other one. */
  async function trial(row: Row) {
    const streams = await bystanders.start();
    const repaired = mutated(row, async () => {
      const began = performance.now();
      const audit = await router.audit();
      const seconds = (performance.now() - began) / 1000;
      await repair(audit);
      return { audit, seconds };
    });
    const [[own, other], seen] = await repaired.then(
      async (seen) => [await streams.stop(row.at, row.interrupts !== undefined), seen] as const,
      async (error: unknown) => {
        await streams.stop(row.at, false);
        throw error;
      },
    );
    note(
      row,
      `named in ${seen.seconds.toFixed(1)} s, ${own.lost} lost, longest gap ${own.longestGapSeconds.toFixed(2)} s${row.interrupts ? ` (${row.interrupts})` : ""}; on the other interface ${other.lost} lost`,
    );
    const mayLose = row.interrupts !== undefined;
    const clues = [...(mayLose ? [] : own.clues), ...other.clues];
    return { seen, lost: { own: mayLose ? 0 : own.lost, other: other.lost, clues } };
  }

  test.each(onBoth(MUTATIONS))("$name ($at) is named, and repaired by one apply", async (row) => {
    const foreign = await router.foreign();
    const { seen, lost } = await trial(row);
    expect(told(seen.audit, row.at)).toEqual([...row.tells].sort());
    if (row.name === "the daemon stopped") expect(seen.seconds).toBeLessThan(HUNG_SECONDS);
    expect(await router.foreign()).toBe(foreign);
    expect(lost).toEqual({ own: 0, other: 0, clues: [] });
    await settled(row.at);
    if (row.proof)
      await byHand(
        `${words(row.at)}; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do ${row.proof} && exit 0; sleep 0.1; done; exit 1`,
      );
  });

  test.each(onBoth(LEGITIMATE))("$name ($at) is no difference", async (row) => {
    const audit = await mutated(row, router.audit);
    note(row, "no difference");
    expect(told(audit, row.at)).toEqual([]);
    expect(audit.interfaces.map(({ state }) => state)).toEqual(["settled", "settled"]);
  });

  test.each(onBoth(TOLD).filter(({ at }) => at === "wg0"))("$name is told and left alone", async (row) => {
    const { audit, outcomes } = await mutated(row, async () => {
      const audit = await router.audit();
      return { audit, outcomes: await router.repair(audit) };
    });
    note(row, "told");
    expect(told(audit, row.at)).toEqual(row.tells);
    expect(outcomes).toEqual([]);
    await settled(row.at);
  });

  test.each(onBoth(REFUSED))(
    "$name ($at): refused and not touched, and repaired when a hand has put it right",
    async (row) => {
      const look = "ip -d -o link; ip -o address; nft -s list ruleset; ls /etc/wirewright/*";
      const { audit, codes, before, after } = await mutated(row, async () => {
        const audit = await router.audit();
        const before = await router.hand(look);
        const codes = (await router.repair(audit)).map(({ code }) => code);
        return { audit, codes, before: before.stdout, after: (await router.hand(look)).stdout };
      });
      await repair(await router.audit());
      note(row, `refused with ${codes.join(" ")}`);
      expect(told(audit, row.at)).toEqual(row.tells);
      expect(codes).toEqual([HelperExit.refused]);
      expect(after).toBe(before);
      await settled(row.at);
    },
  );

  test("a link of ours that no record knows is named, and only `gc` takes it away", async () => {
    await byHand(`ip tuntap add dev wg9 mode tun; echo wirewright:${stack.keys.owner} >/sys/class/net/wg9/ifalias`);
    const audit = await router.audit();
    const named = orphans(stack.plan, stack.keys, audit.device).map(
      ({ property, severity }) => `${property} ${severity}`,
    );
    const foreign = await router.foreign();
    await byHand(`/etc/wirewright/wgctl gc ${stack.keys.owner}; [ ! -e /sys/class/net/wg9 ]`);
    expect(named).toEqual(["wg9 foreign"]);
    expect(await router.foreign()).toBe(foreign);
    await settled("wg0");
  });
});
