import { fpingArguments, parseFping } from "../../../bench/read/fping.ts";
import { fixture, fpingOutput } from "../fixtures.ts";

test("every round trip is read, in seconds", () => {
  const result = parseFping(fpingOutput(fixture("fping.txt")));
  if ("skipped" in result) throw new Error(result.skipped);
  expect(result.value.sent).toBe(20);
  expect(result.value.lost).toBe(0);
  expect(result.value.roundTripSeconds.slice(0, 2)).toEqual([0.000158, 0.00001]);
});

test("a lost packet counts as sent and gives no round trip", () => {
  const result = parseFping(fpingOutput("127.0.0.1 : 0.5 - 0.7\n", 1));
  expect(result).toEqual({ value: { roundTripSeconds: [0.0005, 0.0007], sent: 3, lost: 1 } });
});

test("messages about other things are passed over", () => {
  const text = "ICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to 10.0.0.9\n127.0.0.1 : 0.5\n";
  expect(parseFping(fpingOutput(text))).toMatchObject({ value: { sent: 1 } });
});

test.each([
  ["nothing", ""],
  ["another address", "10.0.0.1 : 0.5 0.6\n"],
  ["words", "127.0.0.1 : 0.5 fast\n"],
  ["no values", "127.0.0.1 : \n"],
])("%s is no result", (_, text) => {
  expect(parseFping(fpingOutput(text))).toEqual({ skipped: "fping printed no round trips" });
});

test("a usage error is no result", () => {
  expect(parseFping(fpingOutput("127.0.0.1 : 0.5\n", 4))).toHaveProperty("skipped");
});

test("the count follows from the length and the period", () => {
  const argv = fpingArguments(
    { tool: "fping", periodSeconds: 0.004, payloadBytes: 56 },
    { address: "fd00::1", measureSeconds: 5 },
  );
  expect(argv.slice(1, 6)).toEqual(["-q", "-C", "1250", "-p", "4"]);
  expect(argv.at(-1)).toBe("fd00::1");
});
