import { iperf3Arguments, parseIperf3 } from "../../../bench/read/iperf3.ts";
import { fixture, iperf3Output } from "../fixtures.ts";

const upload = fixture("iperf3-up.json");

test("the receiver's bytes and seconds are read, and the window holds the warm-up", () => {
  const result = parseIperf3(iperf3Output(upload));
  expect(result).toMatchObject({
    value: {
      receivedBytes: 7729971306,
      receivedSeconds: 2.001158,
      retransmits: { value: 22 },
    },
  });
  if ("skipped" in result) throw new Error(result.skipped);
  expect(result.value.windowBytes).toBe(3985768448 + 3915120640 + 3811573760);
  expect(result.value.intervals.map((interval) => interval.warmup)).toEqual([true, false, false]);
});

test("a reversed run is read from the receiving end", () => {
  expect(parseIperf3(iperf3Output(fixture("iperf3-down.json")))).toMatchObject({
    value: { receivedBytes: 5620629504 },
  });
});

test("an error field decides, whatever the exit code and whatever else was printed", () => {
  expect(parseIperf3(iperf3Output(fixture("iperf3-error.json"), 0))).toEqual({
    skipped: "iperf3: unable to connect to server: Connection refused",
  });
  const both = JSON.stringify({ ...JSON.parse(upload), error: "control socket has closed unexpectedly" });
  expect(parseIperf3(iperf3Output(both, 0))).toHaveProperty("skipped");
});

test.each([
  ["nothing", ""],
  ["half a document", upload.slice(0, 900)],
  ["two documents", upload + upload],
  ["no end", JSON.stringify({ ...JSON.parse(upload), end: {} })],
  ["no intervals", JSON.stringify({ ...JSON.parse(upload), intervals: [] })],
  ["a list", "[]"],
  ["null", "null"],
])("%s is no result", (_, text) => {
  expect(parseIperf3(iperf3Output(text))).toEqual({ skipped: "iperf3 printed no usable result" });
});

test("a failing exit code is no result even with a document", () => {
  expect(parseIperf3(iperf3Output(upload, 1))).toEqual({ skipped: "iperf3 ended with 1: no message" });
});

test("missing retransmits are skipped, not zero", () => {
  const document = JSON.parse(upload);
  document.end.sum_sent.retransmits = undefined;
  expect(parseIperf3(iperf3Output(JSON.stringify(document)))).toMatchObject({
    value: { retransmits: { skipped: expect.any(String) } },
  });
});

test("the direction chooses the sender", () => {
  const target = { address: "10.66.1.1", port: 5201, warmupSeconds: 1, measureSeconds: 5 };
  const load = { tool: "iperf3", protocol: "tcp", streams: 1, intervalSeconds: 0.1 } as const;
  expect(iperf3Arguments({ ...load, direction: "server-to-client" }, target)).toContain("--reverse");
  expect(iperf3Arguments({ ...load, direction: "client-to-server" }, target)).not.toContain("--reverse");
});
