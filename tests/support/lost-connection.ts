import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { capture, spawnOn } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";
import { until } from "./lab.ts";

/** Connections of the lab's operator to port 22 of a device, and what can happen to each of them alone. */
export interface Connections {
  /** The operator's own port of an ssh client's connection; undefined before it has one. */
  readonly portOf: (client: ChildProcess) => number | undefined;
  /** A reset reaches both ends at once. False when there was no connection any more, or this kernel can't do it. */
  readonly reset: (port: number) => Promise<boolean>;
  /** From now on packets of it vanish, both ways. */
  readonly swallow: (port: number) => Promise<void>;
  /** What each system does in the end with a peer that no longer answers, minutes later: its session ends. */
  readonly giveUp: (port: number, device: string) => Promise<void>;
  readonly close: () => void;
}

const RULES = `table inet drops {
  set dead { type inet_service; }
  chain out { type filter hook output priority -300; tcp dport 22 tcp sport @dead drop; }
  chain in { type filter hook input priority -300; tcp sport 22 tcp dport @dead drop; }
}`;

export async function connectionsOf(lab: Lab): Promise<Connections> {
  // One shell that is there already: to start a process in a namespace takes longer than some of the moments last.
  const shell = spawnOn(lab, "operator", ["sh"]);
  const answers = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const order = async (command: string): Promise<string> => {
    shell.stdin.write(`${command} 2>&1 | tr '\\n' ' '; echo\n`);
    return String((await answers.next()).value ?? "").trim();
  };
  const refused = await order(`nft '${RULES}'`);
  if (refused !== "") throw new Error(`nft refuses the black hole: ${refused}`);
  return {
    portOf,
    async reset(port) {
      return (await order(`ss -HK -nt sport = :${port} dport = :22`)).includes(`:${port} `);
    },
    async swallow(port) {
      const said = await order(`nft add element inet drops dead { ${port} }`);
      if (said !== "") throw new Error(said);
    },
    async giveUp(port, device) {
      const argv = ["ss", "-HK", "-nt", "sport", "=", ":22", "dport", "=", `:${port}`];
      await until("the device has let go", async () => (await capture(lab, { on: device, argv })).stdout === "");
      await order("nft flush set inet drops dead");
    },
    close: () => shell.stdin.end(),
  };
}

/** Fields of proc_net_tcp: 1 local, 2 remote, 3 state (01: established), 9 the inode that a descriptor's name holds, too. */
function portOf({ pid }: ChildProcess): number | undefined {
  try {
    const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const rows = readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n");
    const row = rows
      .map((text) => text.trim().split(/\s+/))
      .find(([, , remote, state, , , , , , inode]) => {
        return remote?.endsWith(":0016") && state === "01" && files.includes(`socket:[${inode}]`);
      });
    return row === undefined ? undefined : Number.parseInt(row[1]?.split(":")[1] ?? "", 16);
  } catch {
    return undefined; // it ended while we looked
  }
}
