import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const AGENT = join(import.meta.dirname, "../../../lab/agent/main.ts");

test("an address that no datagram can go to is an answer, and the agent lives on", async () => {
  const agent = spawn(process.execPath, [AGENT], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: agent.stdout })[Symbol.asyncIterator]();
  const order = async (id: number, verb: string, argument: unknown): Promise<unknown> => {
    agent.stdin.write(`${JSON.stringify({ id, verb, argument })}\n`);
    const { value, done } = await lines.next();
    return done ? "the agent ended" : JSON.parse(value);
  };
  try {
    // Broadcast, which a socket has to be allowed first (EACCES).
    const to = { protocol: "udp", address: "255.255.255.255", port: 9 };
    const result = { kind: "none", detail: "EACCES" };
    expect(await order(1, "ask", { to, timeoutMs: 5000 })).toEqual({ id: 1, result });
    expect(await order(2, "ask", { to, timeoutMs: 5000 })).toEqual({ id: 2, result });
  } finally {
    agent.stdin.end();
    await new Promise((resolve) => (agent.exitCode === null ? agent.once("close", resolve) : resolve(undefined)));
  }
});
