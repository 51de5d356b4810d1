import type { Arm, Observation, Sample, Scenario, Slot, ToolOutput } from "../../bench/model.ts";
import { fpingArguments } from "../../bench/read/fping.ts";
import { iperf3Arguments } from "../../bench/read/iperf3.ts";
import type { Runner } from "../../bench/run.ts";
import { DAEMON_SCRIPT, SAMPLE_SCRIPT } from "../../bench/sample-script.ts";
import { judge } from "../../bench/validate.ts";
import type { Implementation } from "../../core/plan/types.ts";
import { addClient, CLIENT_INTERFACE, clientUp, removeClient } from "../../lab/client.ts";
import { namespacesOf } from "../../lab/namespaces/namespace.ts";
import { capture } from "../../lab/run.ts";
import { type Lab, namespaceOf } from "../../lab/state.ts";
import { type TrafficServer, trafficServer } from "./server.ts";

/** One arm and what it takes to measure it in a lab. */
export interface Target {
  readonly arm: Arm;
  /** The lab node that carries the interface. */
  readonly device: string;
  /** The server's own address inside the tunnel. */
  readonly address: string;
  /** wg-quick text of the measuring client. Secret. */
  readonly configuration: string;
}

/** The measuring end is the same for every arm, so that arms differ by the device alone. */
export const CLIENT_IMPLEMENTATION: Implementation = "wireguard-go";

/** Where the traffic server listens, on the tunnel's address. */
export const TRAFFIC_PORT = 5201;

const ANSWER_SECONDS = 10;
/** Echo requests in a row that show a tunnel at rest, and how often that is tried. */
const REST = { requests: 5, tries: 5 } as const;

/** Measures between a client that it plugs into the lab's LAN and a device of the lab. One run at a time. */
export function labRunner(lab: Lab, targets: readonly Target[], scenarios: readonly Scenario[]): Runner {
  let working: Promise<unknown> = Promise.resolve();
  let server: TrafficServer | undefined;
  let firstAnswer: readonly ToolOutput[] = [];
  const of = (slot: Slot) => ({ target: targetOf(targets, slot), scenario: scenarioOf(scenarios, slot) });
  /** The work itself, and a note of it for whoever tears it down. */
  const begun = <T>(work: Promise<T>): Promise<T> => {
    working = work.catch(() => undefined);
    return work;
  };
  return {
    setup: (slot, signal) =>
      begun(
        connect(lab, of(slot).target, signal).then((outputs) => {
          firstAnswer = outputs;
        }),
      ),
    async execute(slot) {
      const { target, scenario } = of(slot);
      const serve = async () => {
        server = await trafficServer(lab, target.device, { address: target.address, port: TRAFFIC_PORT });
      };
      const { samples, outputs } = await begun(measure(lab, target, scenario, serve));
      return { samples, outputs: [...firstAnswer, ...outputs] };
    },
    async teardown(slot) {
      const client = clientOf(of(slot).target.arm);
      // Taking the client away ends what still works in it; what that work made meanwhile goes with the second call.
      await removeClient(lab, client);
      await working;
      await server?.end();
      server = undefined;
      await removeClient(lab, client);
      return namespacesOf(lab).filter((name) => name === namespaceOf(lab, client));
    },
    validate: (slot, observation) => judge(of(slot).scenario, observation),
  };
}

/** Plugs the client in; what its first handshake and echo request gave. Throws when the tunnel does not come to rest. */
async function connect(
  lab: Lab,
  { arm, address, configuration }: Target,
  signal: AbortSignal,
): Promise<readonly ToolOutput[]> {
  const client = clientOf(arm);
  await addClient(lab, { name: client, at: "lan" });
  signal.throwIfAborted();
  await clientUp(lab, client, { implementation: CLIENT_IMPLEMENTATION, config: configuration });
  signal.throwIfAborted();
  const handshakes = ["wg", "show", CLIENT_INTERFACE, "latest-handshakes"];
  const echo = ["ping", "-c", "1", "-W", String(ANSWER_SECONDS), address];
  const before = await tool(lab, client, "wg", handshakes, 10);
  const ping = await tool(lab, client, "ping", echo, ANSWER_SECONDS + 5);
  const after = await tool(lab, client, "wg", handshakes, 10);
  if (!/\t[1-9]\d*$/m.test(after.stdout)) throw new Error(`no handshake with ${arm.name} within ${ANSWER_SECONDS} s`);
  if (ping.exitCode !== 0) throw new Error(`${address} does not answer through the tunnel to ${arm.name}`);
  await settle(lab, client, address, signal);
  return [before, ping];
}

/** A device that still has a session with the last client may begin a second handshake, which boringtun answers with a pause. */
async function settle(lab: Lab, client: string, address: string, signal: AbortSignal): Promise<void> {
  const argv = ["ping", "-q", "-c", String(REST.requests), "-i", "0.2", "-W", "1", address];
  for (let i = 0; i < REST.tries; i++) {
    signal.throwIfAborted();
    const { stdout } = await capture(lab, { on: client, argv, timeoutSeconds: 20 });
    if (stdout.includes(` ${REST.requests} received`)) return;
  }
  throw new Error(`${address} answers only now and then: no ${REST.requests} echo requests in a row came back`);
}

/** `serve` starts what the load asks for an answer, if it needs that. */
async function measure(
  lab: Lab,
  { arm, device, address }: Target,
  { load, warmupSeconds, measureSeconds }: Scenario,
  serve: () => Promise<void>,
): Promise<Observation> {
  const client = clientOf(arm);
  const daemons = {
    device: await daemonOf(lab, device, arm.interface),
    client: await daemonOf(lab, client, CLIENT_INTERFACE),
  };
  if (arm.implementation !== "kernel" && daemons.device === "-")
    throw new Error(`no ${arm.implementation} runs ${arm.interface} on ${device}`);
  if (load.tool === "iperf3") await serve();
  const look = async (when: Sample["when"]): Promise<Sample[]> => [
    { end: "client", when, text: await sample(lab, client, CLIENT_INTERFACE, daemons.client, "client") },
    { end: "device", when, text: await sample(lab, device, arm.interface, daemons.device, "device") },
  ];
  const argv =
    load.tool === "iperf3"
      ? iperf3Arguments(load, { address, port: TRAFFIC_PORT, warmupSeconds, measureSeconds })
      : fpingArguments(load, { address, measureSeconds });
  const before = await look("before");
  const output = await tool(lab, client, load.tool, argv, warmupSeconds + measureSeconds + 20);
  const after = await look("after");
  return { samples: [...before, ...after.reverse()], outputs: [output] };
}

async function tool(
  lab: Lab,
  on: string,
  name: ToolOutput["tool"],
  argv: readonly string[],
  timeoutSeconds: number,
): Promise<ToolOutput> {
  const { code, stdout, stderr } = await capture(lab, { on, argv, timeoutSeconds });
  return { tool: name, argv, exitCode: code, stdout, stderr };
}

/** The name of the lab client that stands in for an arm's client. */
function clientOf(arm: Arm): string {
  return `bench-${arm.server}-${arm.interface}`;
}

/** The process that runs a userspace interface there, as that place numbers it; `-` where the kernel runs it. */
async function daemonOf(lab: Lab, on: string, name: string): Promise<string> {
  const { stdout } = await capture(lab, {
    on,
    argv: ["sh", "-s", "--", name],
    stdin: DAEMON_SCRIPT,
    timeoutSeconds: 20,
  });
  const pid = stdout.trim();
  return /^\d+$/.test(pid) ? pid : "-";
}

async function sample(lab: Lab, on: string, name: string, daemon: string, end: Sample["end"]): Promise<string> {
  const argv = ["sh", "-s", "--", name, daemon, end];
  const { code, stdout, stderr } = await capture(lab, { on, argv, stdin: SAMPLE_SCRIPT, timeoutSeconds: 30 });
  if (code !== 0) throw new Error(`sampling ${on} failed (exit ${code}): ${stderr.trim().split("\n")[0] ?? ""}`);
  return stdout;
}

function targetOf(targets: readonly Target[], slot: Slot): Target {
  const found = targets.find((target) => target.arm.name === slot.arm);
  if (found === undefined) throw new Error(`slot asks for the unknown arm ${slot.arm}`);
  return found;
}

function scenarioOf(scenarios: readonly Scenario[], slot: Slot): Scenario {
  const found = scenarios.find((scenario) => scenario.name === slot.scenario);
  if (found === undefined) throw new Error(`slot asks for the unknown scenario ${slot.scenario}`);
  return found;
}
