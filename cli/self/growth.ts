import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeSeconds, interleaved, ratio, type SelfFigure } from "../../bench/self.ts";
import { formatAddress } from "../../core/net/address.ts";
import { execution } from "../../core/plan/stack.ts";
import { renderClient } from "../../core/render/client.ts";
import { addClient, clientUp, removeClient } from "../../lab/client.ts";
import { type Prober, placeOf, startProber } from "../../lab/prober.ts";
import type { Lab } from "../../lab/state.ts";
import { type StreamResult, startStream } from "../../lab/stream.ts";
import { CLIENT_IMPLEMENTATION } from "../bench/runner.ts";
import { openLabStack } from "../input/lab-stack.ts";
import { type OperatorOptions, operator } from "../operator.ts";
import { bigDomain } from "./big-domain.ts";

const ROUNDS = 3;
const PACKETS_PER_SECOND = 500;
const STREAM_PORT = 7001;
const STREAM_CLIENT = "self-stream";

interface Size {
  readonly stack: string;
  readonly clients: number;
  readonly device: string;
  readonly address: string;
}

// One device each, so that neither pays for the other's interface.
const SMALL: Size = { stack: "self-small", clients: 10, device: "router", address: "192.168.1.1" };
const LARGE: Size = { stack: "self-large", clients: 10_000, device: "nas", address: "192.168.1.2" };
const INTERFACE = "wg1";

/** Adding one client to many against adding one to few: plan, preview and up to a device, while another client's packets flow. */
export async function growthFigures(
  lab: Lab,
  seed: string,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<SelfFigure[]> {
  const options: OperatorOptions = { signal };
  for (const size of [SMALL, LARGE]) {
    say(`deploying ${size.clients} clients`);
    await deploy(lab, size, options);
  }
  const added = new Map<Size, number>();
  const add = async (size: Size) => {
    const extra = (added.get(size) ?? 0) + 1;
    added.set(size, extra);
    writeDomain(lab, size, size.clients + extra);
    say(`adding client ${extra} to ${size.clients}`);
    return addOne(lab, size, options);
  };
  const streams: StreamResult[] = [];
  const control: StreamResult[] = [];
  const found = await interleaved(
    ROUNDS,
    {
      // The same traffic through the large interface, while another device is changed: what this machine loses anyway.
      small: () => underTraffic(lab, control, () => add(SMALL)),
      large: () => underTraffic(lab, streams, () => add(LARGE)),
    },
    seed,
  );
  return [
    {
      name: `add a client to ${LARGE.clients}`,
      claim: `plan, preview and up, against the same with ${SMALL.clients} clients`,
      limit: 3,
      unit: "times",
      result: ratio(found.large, found.small),
      conditions: `${describeSeconds(found.large)} against ${describeSeconds(found.small)}`,
    },
    {
      name: "packets that another client lost meanwhile",
      claim: `a numbered UDP stream of ${PACKETS_PER_SECOND} packets a second through the same interface, from before each plan to after each up`,
      limit: 0,
      unit: "packets lost",
      result: { value: lostOnTheWay(streams) },
      conditions: `${describeStreams(streams)}; control, the same stream while the other device was changed: ${describeStreams(control)}`,
    },
  ];
}

/** What the receiver's own buffer dropped was not lost by the tunnel. */
function lostOnTheWay(streams: readonly StreamResult[]): number {
  return streams.reduce((sum, stream) => sum + Math.max(0, stream.lost - stream.overrun), 0);
}

function describeStreams(streams: readonly StreamResult[]): string {
  const total = (pick: (stream: StreamResult) => number) => streams.reduce((sum, stream) => sum + pick(stream), 0);
  const gap = Math.max(0, ...streams.map((stream) => stream.longestGapSeconds));
  return `${lostOnTheWay(streams)} lost of ${total((stream) => stream.sent)}, ${total((stream) => stream.overrun)} more dropped by the receiver's buffer, longest gap ${gap.toFixed(3)} s`;
}

async function addOne(lab: Lab, size: Size, options: OperatorOptions): Promise<number> {
  const began = performance.now();
  await operator(lab, ["wirewright", "plan", `${size.stack}.yaml`, "--json"], options);
  await operator(lab, ["pulumi", "preview", "--stack", size.stack, "--non-interactive"], options);
  await operator(lab, ["pulumi", "up", "--yes", "--skip-preview", "--stack", size.stack, "--non-interactive"], options);
  return (performance.now() - began) / 1000;
}

async function deploy(lab: Lab, size: Size, options: OperatorOptions): Promise<void> {
  writeDomain(lab, size, size.clients);
  const settings = {
    domain: `${size.stack}.yaml`,
    server: size.device,
    implementation: "wireguard-go",
    keepalive: 0,
    rootSecretFile: "root.secret",
  };
  const config = Object.entries(settings).map(([key, value]) => `  wirewright:${key}: ${value}\n`);
  writeFileSync(join(lab.dir, "project", `Pulumi.${size.stack}.yaml`), `config:\n${config.join("")}`);
  await operator(lab, ["pulumi", "stack", "select", "--create", size.stack], options);
  await operator(lab, ["pulumi", "up", "--yes", "--skip-preview", "--stack", size.stack, "--non-interactive"], options);
}

function writeDomain(lab: Lab, size: Size, clients: number): void {
  const text = bigDomain(clients, { server: size.device, address: size.address, interface: INTERFACE });
  writeFileSync(join(lab.dir, "project", `${size.stack}.yaml`), text);
}

/** The first client of the large interface sends numbered packets to its server while the work goes on. */
async function underTraffic(lab: Lab, streams: StreamResult[], work: () => Promise<number>): Promise<number> {
  const { config, plan, keys } = await openLabStack(lab, LARGE.stack);
  const [plannedInterface] = plan.interfaces;
  const [peer] = plannedInterface?.peers ?? [];
  const [address] = plannedInterface?.addresses ?? [];
  if (plannedInterface === undefined || peer === undefined || address === undefined)
    throw new Error("the plan is empty");
  const how = execution(config, plannedInterface.name);
  await addClient(lab, { name: STREAM_CLIENT, at: "lan" });
  const probers: Prober[] = [];
  try {
    const text = renderClient({ plan, interface: plannedInterface, peer, keys, execution: how });
    await clientUp(lab, STREAM_CLIENT, { implementation: CLIENT_IMPLEMENTATION, config: text });
    // Not earlier: bringing the tunnel up ends whatever runs on the client.
    const [from, to] = [startProber(placeOf(lab, STREAM_CLIENT)), startProber(placeOf(lab, LARGE.device))];
    probers.push(from, to);
    const order = {
      from,
      to,
      address: formatAddress(address),
      port: STREAM_PORT,
      packetsPerSecond: PACKETS_PER_SECOND,
    };
    const stream = await startStream(order);
    const seconds = await work();
    streams.push(await stream.stop());
    return seconds;
  } finally {
    await Promise.all(probers.map((prober) => prober.close()));
    await removeClient(lab, STREAM_CLIENT);
  }
}
