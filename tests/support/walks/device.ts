import { createConnection } from "node:net";
import type { InterfaceAudit } from "../../../core/live/audit.ts";
import { parseProbe } from "../../../core/live/parse/parse.ts";
import type { LiveDevice } from "../../../core/live/types.ts";
import { applyCommand, confirmCommand, removeCommand } from "../../../device/protocol.ts";
import { execute, must, type Outcome } from "../../../lab/execute.ts";
import type { Random } from "../random.ts";

export interface Probed {
  readonly device: LiveDevice;
  readonly salt: string;
}

/** A device of the helper's scenarios, as its operator reaches it: each call comes over a connection of its own. */
export interface WalkDevice {
  readonly probe: (names: readonly string[]) => Promise<Probed>;
  /** Says `unchanged`, `applied` or `armed`. */
  readonly apply: (audit: InterfaceAudit) => Promise<string>;
  readonly confirm: (audit: InterfaceAudit) => Promise<void>;
  readonly rollback: (name: string) => Promise<void>;
  readonly remove: (name: string, document: string) => Promise<void>;
  /** Runs a bash script there, with the tools of the machine whatever those of the helper are. Returns its stdout. */
  readonly look: (script: string) => Promise<string>;
  /** What the daemon of an interface says on its own socket, without `wg` or the helper. */
  readonly daemon: (name: string) => Promise<string>;
  /** What each kind of call took in sum, in milliseconds, and how many there were. */
  readonly times: ReadonlyMap<string, { readonly count: number; readonly milliseconds: number }>;
}

const WINDOW_SECONDS = 300;

/** `init` is the process whose namespaces the device is. */
export function walkDevice(init: string, random: Random): WalkDevice {
  const inside = ["nsenter", "-t", init, "-n", "-m", "-p", "--", "env"];
  const times = new Map<string, { count: number; milliseconds: number }>();
  let connection = 1024;

  async function timed<T>(kind: string, task: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await task();
    const before = times.get(kind) ?? { count: 0, milliseconds: 0 };
    times.set(kind, {
      count: before.count + 1,
      milliseconds: before.milliseconds + performance.now() - began,
    });
    return result;
  }

  function call(kind: string, command: string, stdin = ""): Promise<Outcome> {
    connection = connection < 65535 ? connection + 1 : 1025;
    const session = `SSH_CONNECTION=192.168.1.100 ${connection} 192.168.1.2 22`;
    return timed(kind, () =>
      execute([...inside, session, "sh", "-c", command], { stdin, timeoutSeconds: 120, inherit: [] }),
    );
  }

  async function status(kind: string, command: string, stdin: string, expected: RegExp): Promise<string> {
    const { code, stdout, stderr } = await call(kind, command, stdin);
    const said = /^status=([a-z-]+) /.exec(stdout)?.[1] ?? "";
    if (code === 0 && expected.test(said)) return said;
    throw new Error(`${command} ended with ${code}: ${stdout.trim()} ${stderr.trim()}`);
  }

  return {
    times,
    async probe(names) {
      const salt = Array.from({ length: 32 }, () => random.below(16).toString(16)).join("");
      const { code, stdout, stderr } = await call("probe", `/etc/wirewright/wgctl probe ${salt} ${names.join(" ")}`);
      if (code !== 0) throw new Error(`the probe ended with ${code}: ${stderr}`);
      const { device, fault } = parseProbe(stdout);
      if (device === undefined) throw new Error(fault);
      return { device, salt };
    },
    apply: ({ plan, revision, document }) =>
      status(
        "apply",
        applyCommand(plan.name, revision, WINDOW_SECONDS, "root"),
        document,
        /^(unchanged|applied|armed)$/,
      ),
    async confirm({ plan, revision, nonce }) {
      await status("confirm", confirmCommand(plan.name, revision, "root"), nonce, /^confirmed$/);
    },
    async rollback(name) {
      await status("rollback", `/etc/wirewright/wgctl rollback ${name}`, "", /^rolled-back$/);
    },
    async remove(name, document) {
      await status("remove", removeCommand(name), document, /^removed$/);
    },
    look: (script) =>
      timed("look", () =>
        must([...inside, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "bash", "-c", script], { inherit: [] }),
      ),
    daemon: (name) => ask(`/proc/${init}/root/run/wireguard/${name}.sock`),
  };
}

/** One `get` of the cross-platform userspace interface; the answer ends with an empty line. */
function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = createConnection(path, () => socket.write("get=1\n\n"));
    socket.setEncoding("utf8");
    socket.setTimeout(5000, () => socket.destroy(new Error(`${path} does not answer`)));
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.on("data", (chunk: string) => {
      answer += chunk;
      if (answer.endsWith("\n\n")) socket.destroy();
    });
  });
}
