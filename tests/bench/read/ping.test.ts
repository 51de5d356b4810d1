import type { ToolOutput } from "../../../bench/model.ts";
import { parseFirstAnswer } from "../../../bench/read/ping.ts";

const wg = (stdout: string): ToolOutput => ({ tool: "wg", argv: ["wg"], exitCode: 0, stdout, stderr: "" });
const ping = (stdout: string): ToolOutput => ({ tool: "ping", argv: ["ping"], exitCode: 0, stdout, stderr: "" });
const answer =
  "PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.\n64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=5.32 ms\n\n";

test("the first round trip is read when no handshake came before it", () => {
  expect(parseFirstAnswer(wg("key=\t0\n"), ping(answer))).toEqual({ value: 0.00532 });
  expect(parseFirstAnswer(wg(""), ping(answer))).toEqual({ value: 0.00532 });
});

test("a handshake that came before the first packet leaves nothing to read", () => {
  expect(parseFirstAnswer(wg("key=\t1700000000\n"), ping(answer))).toHaveProperty("skipped");
});

test("no answer is skipped", () => {
  expect(parseFirstAnswer(wg("key=\t0\n"), ping("1 packets transmitted, 0 received\n"))).toEqual({
    skipped: "ping got no answer",
  });
});
