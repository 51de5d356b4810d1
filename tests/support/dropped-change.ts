import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { applyCommand, confirmCommand } from "../../device/protocol.ts";
import { spawnOn } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";
import type { DeviceFiles } from "./device-files.ts";
import type { Moment, Trial } from "./drop-trials.ts";
import { until } from "./lab.ts";
import type { Connections } from "./lost-connection.ts";
import type { Sealed } from "./sealed.ts";

export interface Place {
  readonly lab: Lab;
  readonly device: DeviceFiles;
  readonly connections: Connections;
  /** For the device to be left without a confirmation. */
  readonly windowSeconds: number;
  /** Of an undisturbed change, from the first connection to the last word. */
  readonly wholeMs: number;
}

export interface Dropped {
  /** False when the change was through before the moment came. */
  readonly lost: boolean;
  /** Whether the word that it is confirmed has reached the person. */
  readonly acknowledged: () => boolean;
  /** The network gives a silent connection up, as TCP does after minutes. */
  readonly giveUp: () => Promise<void>;
}

type Step = "apply" | "confirm";

interface Session {
  readonly child: ChildProcessWithoutNullStreams;
  readonly said: () => string;
}

const SSH = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"];

/** Applies and confirms over SSH as Pulumi does, a connection for each, and loses one of them at the trial's moment. */
export async function droppedChange(place: Place, trial: Trial, change: Sealed): Promise<Dropped> {
  const reached = momentOf(place, trial, change);
  for (const step of ["apply", "confirm"] as const) {
    const session = open(place, trial, change, step);
    while (!isOver(session)) {
      if (!reached(step)) await sleep(1);
      else return lose(place, trial, session);
    }
    if (session.child.exitCode !== 0 || step === "confirm") return whole(session);
  }
  throw new Error("a change has two steps");
}

const whole = ({ said }: Session): Dropped => ({
  lost: false,
  acknowledged: () => said().includes("status=confirmed"),
  giveUp: async () => undefined,
});

const isOver = ({ child }: Session): boolean => child.exitCode !== null || child.signalCode !== null;

function open(place: Place, { terminal, moment }: Trial, { revision, text, nonce }: Sealed, step: Step): Session {
  const command =
    step === "apply"
      ? applyCommand("wg0", revision, place.windowSeconds, "root")
      : confirmCommand("wg0", revision, "root");
  const data = step === "apply" ? text : nonce;
  const half = moment === (step === "apply" ? "half a document" : "half a nonce");
  const sent = half ? data.slice(0, data.length / 2) : data;
  const argv = terminal === "pty" ? onTerminal(place, command, sent, half) : [...SSH, "192.168.1.1", command];
  const child = spawnOn(place.lab, "operator", argv);
  const pieces: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
  child.stderr.resume();
  child.stdin.on("error", () => undefined); // it may end before it has read all
  if (terminal === "no pty") {
    child.stdin.write(sent);
    if (!half) child.stdin.end();
  }
  return { child, said: () => Buffer.concat(pieces).toString() };
}

/** A terminal would alter what goes through it, so the data lies on the device already. */
function onTerminal({ device }: Place, command: string, sent: string, half: boolean): readonly string[] {
  writeFileSync(device.path("/dev/shm/sent"), sent, { mode: 0o600 });
  const fed = half ? `{ cat /dev/shm/sent; sleep 60; } | ${command}` : `${command} </dev/shm/sent`;
  return [...SSH, "-tt", "192.168.1.1", fed];
}

/** True from the trial's moment on, as far as the device shows it during that step. */
function momentOf({ device, wholeMs }: Place, { moment, part }: Trial, { revision }: Sealed): (step: Step) => boolean {
  const startedAt = performance.now();
  const [etc, run] = ["/etc/wirewright/wg0", "/run/wirewright"];
  const mtu = device.text("/sys/class/net/wg0/mtu");
  const locked = () => device.names(`${run}/lock/wg0`).length > 0;
  const works = (verb: Step) => device.helpers().some((line) => line.includes(`/wgctl ${verb} `));
  const table: Readonly<Record<Exclude<Moment, "any time">, readonly [Step, () => boolean]>> = {
    "half a document": ["apply", () => works("apply") && device.names("/run").some((name) => received(name))],
    locked: ["apply", locked],
    applying: ["apply", () => device.text(`${etc}/txn`).startsWith("applying")],
    watched: ["apply", () => device.text(`${run}/wg0/armed`) !== ""],
    "half-way": ["apply", () => device.text("/sys/class/net/wg0/mtu") !== mtu],
    armed: ["apply", () => device.text(`${etc}/txn`).startsWith("armed")],
    "half a nonce": ["confirm", () => works("confirm")],
    confirming: ["confirm", locked],
    confirmed: ["confirm", () => device.text(`${etc}/current`) === revision],
  };
  const received = (name: string) => name.startsWith("wirewright-work.") && device.text(`/run/${name}/document`) !== "";
  if (moment === "any time") return () => performance.now() - startedAt >= part * wholeMs;
  const [when, shown] = table[moment];
  return (step) => step === when && shown();
}

async function lose({ connections }: Place, { loss }: Trial, session: Session): Promise<Dropped> {
  const { child } = session;
  const end = once(child, "exit");
  const kill = async () => {
    child.kill("SIGKILL");
    if (!isOver(session)) await end;
  };
  let port: number | undefined;
  if (loss !== "killed") {
    await until("the client is connected", () => {
      port = connections.portOf(child);
      return port !== undefined || isOver(session);
    });
  }
  let lost = !isOver(session);
  if (loss === "killed" || port === undefined) await kill();
  else if (loss === "reset") {
    lost = await connections.reset(port);
    if (!isOver(session)) await end;
  } else await connections.swallow(port);
  return {
    ...whole(session),
    lost,
    async giveUp() {
      if (loss !== "black hole" || port === undefined) return;
      await kill();
      await connections.giveUp(port, "router");
    },
  };
}
