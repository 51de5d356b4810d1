import { scenario } from "./scenario.ts";

/** 250 requests a second: 5 s give the 1,000 round trips that a 99th percentile needs. */
export const idleLatency = scenario({
  name: "idle-latency",
  question: "How long does a round trip through the otherwise idle tunnel take?",
  load: { tool: "fping", periodSeconds: 0.004, payloadBytes: 56 },
  warmupSeconds: 0,
  measureSeconds: 5,
  metrics: [
    "round-trip-minimum",
    "round-trip-mean",
    "round-trip-p50",
    "round-trip-p95",
    "round-trip-p99",
    "round-trip-jitter",
    "packet-loss",
    "host-busy",
    "daemon-memory-resident",
    "daemon-memory-peak",
    "link-errors",
    "link-drops",
    "first-answer",
  ],
});
