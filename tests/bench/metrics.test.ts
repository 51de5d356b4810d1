import { METRIC_KINDS, measureRun } from "../../bench/metrics.ts";
import type { Metric, ToolOutput } from "../../bench/model.ts";
import { scenarios } from "../../bench/scenarios/catalogue.ts";
import { idleLatency } from "../../bench/scenarios/idle-latency.ts";
import { scenario } from "../../bench/scenarios/scenario.ts";
import { fixture, fpingOutput, iperf3Output, observation, record, upload } from "./fixtures.ts";

function measured(metrics: readonly Metric[]): Map<string, number | string> {
  return new Map(metrics.map((metric) => [metric.name, "value" in metric ? metric.value : metric.skipped]));
}

const windowGigabytes = (3985768448 + 3915120640 + 3811573760) / 1e9;

test("throughput is the receiver's, and CPU time is divided by all bytes of its window", () => {
  const found = measured(measureRun(upload, observation(iperf3Output(fixture("iperf3-up.json")))));
  expect(found.get("throughput")).toBe(7729971306 / 2.001158);
  expect(found.get("daemon-cpu-per-gigabyte")).toBe(1 / windowGigabytes);
  expect(found.get("host-cpu-per-gigabyte")).toBe(4 / windowGigabytes);
  expect(found.get("daemon-memory-peak")).toBe(30000 * 1024);
  expect(found.get("retransmits")).toBe(22);
  expect(found.get("first-answer")).toBe(0.00532);
});

test("a load that failed leaves reasons and not one zero among its own metrics", () => {
  const found = measured(measureRun(upload, observation(iperf3Output(fixture("iperf3-error.json")))));
  for (const name of ["throughput", "daemon-cpu-per-gigabyte", "retransmits"])
    expect(found.get(name)).toBe("iperf3: unable to connect to server: Connection refused");
});

test("without samples every counter says so", () => {
  const found = measured(measureRun(upload, { ...observation(iperf3Output(fixture("iperf3-up.json"))), samples: [] }));
  expect(found.get("host-busy")).toBe("no sample of the device before the load");
  expect(found.get("daemon-memory-resident")).toBe("no sample of the device after the load");
  expect(found.get("throughput")).toBe(7729971306 / 2.001158);
});

test.each([
  [19, []],
  [20, ["round-trip-p50"]],
  [200, ["round-trip-p50", "round-trip-p95"]],
  [1000, ["round-trip-p50", "round-trip-p95", "round-trip-p99"]],
])("%i round trips carry the percentiles %j", (count, carried) => {
  const text = `127.0.0.1 : ${Array.from({ length: count }, (_, i) => (1 + (i % 7)).toFixed(2)).join(" ")}\n`;
  const found = measured(measureRun(idleLatency, observation(fpingOutput(text))));
  const names = ["round-trip-p50", "round-trip-p95", "round-trip-p99"];
  expect(names.filter((name) => typeof found.get(name) === "number")).toEqual(carried);
});

test("loss counts, and lost packets have no round trip", () => {
  const found = measured(measureRun(idleLatency, observation(fpingOutput("127.0.0.1 : 1.00 - 3.00 -\n", 1))));
  expect(found.get("packet-loss")).toBe(0.5);
  expect(found.get("round-trip-mean")).toBe(0.002);
});

test("a stored record gives the same metrics again", () => {
  const stored = JSON.parse(JSON.stringify(record())) as ReturnType<typeof record>;
  for (const run of stored.runs) {
    const asked = stored.session.design.scenarios.find((one) => one.name === run.slot.scenario);
    if (asked === undefined || run.observation === undefined) throw new Error("incomplete record");
    expect(measureRun(asked, run.observation)).toEqual(run.metrics);
  }
});

test("every scenario asks only for metrics that exist, under a name of its own", () => {
  for (const one of scenarios) expect(one.metrics.filter((name) => !METRIC_KINDS.has(name))).toEqual([]);
  expect(new Set(scenarios.map((one) => one.name)).size).toBe(scenarios.length);
});

test("a scenario without a length is refused where it is written", () => {
  expect(() => scenario({ ...upload, measureSeconds: 0 })).toThrow("measureSeconds");
  expect(() => scenario({ ...upload, name: "Up Load" })).toThrow("scenario name");
});

test("an unknown metric of a newer record is skipped", () => {
  const output: ToolOutput = iperf3Output(fixture("iperf3-up.json"));
  const [metric] = measureRun({ ...upload, metrics: ["jain-index"] }, observation(output));
  expect(metric).toHaveProperty("skipped");
});
