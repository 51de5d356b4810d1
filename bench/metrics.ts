import type { Metric, Observation, Reading, Scenario, Unit } from "./model.ts";
import type { LinkCounters } from "./read/samples.ts";
import { daemonMemory, type WindowUse } from "./read/window.ts";
import { both, chain, map, orSkip } from "./reading.ts";
import { look, type Seen } from "./seen.ts";
import { mean, quantile } from "./stats/quantile.ts";

export interface MetricKind {
  readonly unit: Unit;
  readonly better: "higher" | "lower";
  /** One line for a reader of the report. */
  readonly label: string;
}

interface MetricRule extends MetricKind {
  readonly read: (seen: Seen) => Reading;
}

/** Ten round trips must lie beyond a percentile before it is more than a single outlier. */
const ROUND_TRIPS_NEEDED = { "0.5": 20, "0.95": 200, "0.99": 1000 } as const;

const BYTES_PER_GIGABYTE = 1e9;

const RULES: Readonly<Record<string, MetricRule>> = {
  throughput: {
    ...kind("bytes/second", "higher", "Payload that the receiver got, per second"),
    read: ({ iperf3 }) => map(iperf3, (result) => result.receivedBytes / result.receivedSeconds),
  },
  "daemon-cpu-per-gigabyte": perGigabyte(
    "CPU time of the device's WireGuard daemon per gigabyte",
    (use) => use.daemonCpuSeconds,
  ),
  "device-cpu-per-gigabyte": perGigabyte(
    "CPU time of all processes of the device per gigabyte: its end of the traffic tool included, work inside the kernel not",
    (use) => use.processesCpuSeconds,
  ),
  "host-cpu-per-gigabyte": perGigabyte(
    "Busy CPU time of the whole machine per gigabyte, whatever ran on it",
    (use) => use.hostBusySeconds,
  ),
  "host-busy": {
    ...kind("ratio", "lower", "Busy share of all processors during the window"),
    read: ({ device }) => chain(device, (use) => use.hostBusyShare),
  },
  retransmits: {
    ...kind("packets", "lower", "Retransmissions of the sending iperf3, after the warm-up"),
    read: ({ iperf3 }) => chain(iperf3, (result) => result.retransmits),
  },
  "tcp-retransmitted-segments": kernel("TcpRetransSegs", "TCP segments the device sent again"),
  "udp-receive-errors": kernel("UdpInErrors", "UDP packets the device could not deliver"),
  "daemon-memory-resident": memory("Resident memory of the daemon after the load", "resident"),
  "daemon-memory-peak": memory("Peak resident memory of the daemon since it started", "peak"),
  "daemon-memory-proportional": memory("Proportional share of memory of the daemon after the load", "proportional"),
  "link-received": link("bytes", "Bytes into the device's interface", (counters) => counters.receivedBytes),
  "link-sent": link("bytes", "Bytes out of the device's interface", (counters) => counters.sentBytes),
  "link-errors": link("packets", "Errors at the device's interface", (counters) => counters.errors),
  "link-drops": link("packets", "Drops at the device's interface", (counters) => counters.drops),
  "first-answer": {
    ...kind("seconds", "lower", "Round trip of the first packet, which waits for the handshake"),
    read: ({ firstAnswer }) => firstAnswer,
  },
  "round-trip-minimum": roundTrip("Shortest round trip", (trips) => quantile(trips, 0)),
  "round-trip-mean": roundTrip("Mean round trip", mean),
  "round-trip-p50": percentile("Median round trip", "0.5"),
  "round-trip-p95": percentile("95th percentile of the round trips", "0.95"),
  "round-trip-p99": percentile("99th percentile of the round trips", "0.99"),
  "round-trip-jitter": roundTrip("Mean difference between successive round trips", (trips) =>
    mean(trips.slice(1).map((trip, i) => Math.abs(trip - (trips[i] ?? trip)))),
  ),
  "packet-loss": {
    ...kind("ratio", "lower", "Echo requests without an answer"),
    read: ({ fping }) => map(fping, (result) => result.lost / result.sent),
  },
};

export const METRIC_KINDS: ReadonlyMap<string, MetricKind> = new Map(Object.entries(RULES));

/** The scenario's metrics from the raw observation alone: the same record gives the same numbers. */
export function measureRun(scenario: Scenario, observation: Observation): Metric[] {
  const seen = look(observation);
  return scenario.metrics.map((name): Metric => {
    const rule = RULES[name];
    if (rule === undefined) return { name, unit: "count", skipped: "this program knows no such metric" };
    return { name, unit: rule.unit, ...rule.read(seen) };
  });
}

function kind(unit: Unit, better: "higher" | "lower", label: string): MetricKind {
  return { unit, better, label };
}

/** The window of the CPU holds the warm-up, so the bytes do too. */
function perGigabyte(label: string, cost: (use: WindowUse) => Reading): MetricRule {
  return {
    ...kind("seconds/gigabyte", "lower", label),
    read: ({ device, iperf3 }) =>
      chain(both(chain(device, cost), iperf3), ([seconds, { windowBytes }]) =>
        windowBytes > 0 ? { value: seconds / (windowBytes / BYTES_PER_GIGABYTE) } : { skipped: "no bytes crossed" },
      ),
  };
}

function kernel(name: string, label: string): MetricRule {
  return {
    ...kind("packets", "lower", `${label} (${name})`),
    read: ({ device }) => chain(device, (use) => use.kernel(name)),
  };
}

function memory(label: string, which: "resident" | "peak" | "proportional"): MetricRule {
  return {
    ...kind("bytes", "lower", label),
    read: ({ deviceAfter }) => chain(deviceAfter, (after) => daemonMemory(after)[which]),
  };
}

function link(unit: Unit, label: string, read: (counters: LinkCounters) => number): MetricRule {
  return {
    ...kind(unit, "lower", label),
    read: ({ device }) =>
      map(
        chain(device, (use) => use.link),
        read,
      ),
  };
}

function roundTrip(label: string, read: (trips: readonly number[]) => number | undefined): MetricRule {
  return {
    ...kind("seconds", "lower", label),
    read: ({ fping }) => chain(fping, (result) => orSkip(read(result.roundTripSeconds), "too few packets came back")),
  };
}

function percentile(label: string, p: keyof typeof ROUND_TRIPS_NEEDED): MetricRule {
  const needed = ROUND_TRIPS_NEEDED[p];
  return {
    ...kind("seconds", "lower", label),
    read: ({ fping }) =>
      chain(fping, ({ roundTripSeconds: trips }) =>
        orSkip(
          trips.length < needed ? undefined : quantile(trips, Number(p)),
          `${trips.length} round trips, and it takes ${needed}`,
        ),
      ),
  };
}
