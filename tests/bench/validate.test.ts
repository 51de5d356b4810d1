import type { Observation } from "../../bench/model.ts";
import { idleLatency } from "../../bench/scenarios/idle-latency.ts";
import { judge } from "../../bench/validate.ts";
import { after, fixture, fpingOutput, iperf3Output, observation, type SampleFacts, upload } from "./fixtures.ts";

const good = iperf3Output(fixture("iperf3-up.json"));
const judged = (change: Partial<SampleFacts>) => judge(upload, observation(good, { ...after, ...change }));

test("a clean run has neither faults nor doubts", () => {
  expect(judged({})).toEqual({ faults: [], doubts: [] });
});

test.each<[string, Partial<SampleFacts>, RegExp]>([
  ["stolen processor time", { stolenTicks: 20 }, /hypervisor withheld 3\.2%/],
  ["a stepped clock", { clock: 1700000300 }, /clock stepped by 297\.0 s/],
  ["a restarted daemon", { daemonStarted: 1 }, /restarted/],
  ["traffic beside the tunnel", { linkReceived: 1_000_000 }, /did not pass the tunnel/],
])("%s makes the run invalid", (_, change, message) => {
  expect(judged(change).faults.join("\n")).toMatch(message);
});

test("a load that ended early makes the run invalid", () => {
  expect(judge({ ...upload, measureSeconds: 5 }, observation(good)).faults).toEqual([
    "the load ended after 2.0 s of 5 s",
  ]);
});

test("a failed load and a missing sample are both named", () => {
  const bad: Observation = {
    samples: [],
    outputs: [iperf3Output(fixture("iperf3-error.json"))],
  };
  expect(judge(upload, bad).faults).toEqual([
    "no sample of the device before the load",
    "iperf3: unable to connect to server: Connection refused",
  ]);
});

test("a check that could not be made is told: for the way of a load a fault, for the machine around it a doubt", () => {
  const faults = ["link counters not checked: it ended with 124"];
  expect(judged({ failed: ["link"] })).toEqual({ faults, doubts: [] });
  expect(judged({ failed: ["clock", "cpu"] })).toEqual({
    faults: [],
    doubts: [
      "withheld processor time not checked: it ended with 124",
      "steps of the clock not checked: it ended with 124",
    ],
  });
  const echo = observation(fpingOutput("127.0.0.1 : 1.0\n"), { ...after, failed: ["link"] });
  expect(judge(idleLatency, echo).faults).toEqual([]);
});

test("drops and a handshake inside the window are doubts, not faults", () => {
  const seen = observation(good, { ...after, drops: 3, handshakes: "key\t1700000002" });
  expect(judge(upload, seen)).toEqual({
    faults: [],
    doubts: ["3 drops at the device's interface", "a new handshake fell into the window"],
  });
});

test("an echo run on a busy machine is in doubt, a load that makes it busy is not", () => {
  const busy = { ...after, idleTicks: 1010 };
  expect(judge(idleLatency, observation(fpingOutput("127.0.0.1 : 1.0\n"), busy)).doubts).toEqual([
    "other work kept the processors 97.6% busy",
  ]);
  expect(judge(upload, observation(good, busy)).doubts).toEqual([]);
});

test("an echo run without one answer is invalid, with some losses it counts", () => {
  expect(judge(idleLatency, observation(fpingOutput("127.0.0.1 : - -\n", 1))).faults).toEqual([
    "no echo request was answered",
  ]);
  expect(judge(idleLatency, observation(fpingOutput("127.0.0.1 : 1.0 -\n", 1))).faults).toEqual([]);
});

test("how good the numbers are plays no part", () => {
  const slow = JSON.parse(fixture("iperf3-up.json"));
  slow.end.sum_received.bytes = 10;
  expect(judge(upload, observation(iperf3Output(JSON.stringify(slow)))).faults).toEqual([]);
});
