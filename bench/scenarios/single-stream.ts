import { scenario } from "./scenario.ts";

const METRICS = [
  "throughput",
  "daemon-cpu-per-gigabyte",
  "device-cpu-per-gigabyte",
  "host-cpu-per-gigabyte",
  "host-busy",
  "retransmits",
  "daemon-memory-resident",
  "daemon-memory-peak",
  "daemon-memory-proportional",
  "link-received",
  "link-sent",
  "link-errors",
  "link-drops",
  "tcp-retransmitted-segments",
  "udp-receive-errors",
  "first-answer",
] as const;

export const singleStreamUp = scenario({
  name: "single-stream-up",
  question: "How fast is one TCP flow from the client, and what does a byte cost the CPU?",
  load: { tool: "iperf3", protocol: "tcp", streams: 1, direction: "client-to-server", intervalSeconds: 0.1 },
  warmupSeconds: 1,
  measureSeconds: 5,
  metrics: METRICS,
});

export const singleStreamDown = scenario({
  name: "single-stream-down",
  question: "How fast is one TCP flow to the client, and what does a byte cost the CPU?",
  load: { tool: "iperf3", protocol: "tcp", streams: 1, direction: "server-to-client", intervalSeconds: 0.1 },
  warmupSeconds: 1,
  measureSeconds: 5,
  metrics: METRICS,
});
