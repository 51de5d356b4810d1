import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { measureRun } from "../../bench/metrics.ts";
import type { BenchRecord } from "../../bench/model.ts";
import { secretsIn } from "../../bench/secrets.ts";
import { openLabStack } from "../../cli/input/lab-stack.ts";
import { collect } from "../../lab/execute.ts";
import { spawnOn } from "../../lab/run.ts";
import { up } from "../../lab/up.ts";
import { cli, describeLab, namespacesOf, type ScratchLab, scratchLab, until } from "../support/lab.ts";

jest.setTimeout(300_000);

describeLab("bench run", () => {
  let scratch: ScratchLab;
  let nodes: readonly string[];

  beforeAll(async () => {
    scratch = scratchLab("bench");
    await up(scratch.lab);
    nodes = namespacesOf(scratch.lab.name);
  });
  afterAll(() => scratch?.close());

  const start = (...args: readonly string[]) =>
    cli(["bench", "run", "--name", scratch.lab.name, "--stack", "nas", "--seconds", "1", ...args]);
  const bench = (...args: readonly string[]) => {
    const child = start(...args);
    return collect(child, { timeoutSeconds: 240 }, () => child.kill("SIGKILL"));
  };
  const recordFile = (name: string) => join(scratch.lab.dir, name);
  const read = (name: string): BenchRecord => JSON.parse(readFileSync(recordFile(name), "utf8"));
  /** What a bench run may not leave: clients, namespaces, traffic servers. */
  const left = async () => [
    ...namespacesOf(scratch.lab.name).filter((name) => !nodes.includes(name)),
    ...(existsSync(join(scratch.lab.dir, "clients")) ? readdirSync(join(scratch.lab.dir, "clients")) : []),
    ...(await scratch.read("ps -eo comm= | grep -E 'iperf3|fping' || true", "nas")).split("\n").filter(Boolean),
  ];

  test("deploys what is missing, measures each interface under each scenario, and leaves the stack as it is", async () => {
    const { code, stdout, stderr } = await bench(
      "--interface",
      "wg1",
      "wg3",
      "--json",
      recordFile("a.json"),
      "--html",
      recordFile("a.html"),
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("stack nas is deployed")]);
    expect(stdout).toContain("one run: no uncertainty can be given, not a comparison");
    const { session, runs } = read("a.json");
    expect(session.design.arms.map((arm) => [arm.name, arm.implementation])).toEqual([
      ["nas/wg1", "wireguard-go"],
      ["nas/wg3", "boringtun"],
    ]);
    expect(runs.map((run) => `${run.slot.arm} ${run.slot.scenario}`).sort()).toEqual([
      "nas/wg1 idle-latency",
      "nas/wg1 single-stream-down",
      "nas/wg1 single-stream-up",
      "nas/wg3 idle-latency",
      "nas/wg3 single-stream-down",
      "nas/wg3 single-stream-up",
    ]);
    expect(runs.map((run) => [run.status === "failed" || run.status === "interrupted", run.faults])).toEqual(
      runs.map(() => [false, expect.any(Array)]),
    );
    expect(session.fingerprint.facts["nas.wg3.daemon"]).toEqual({ value: expect.stringContaining("boringtun") });
    expect(await left()).toEqual([]);
    const { code: changes, stdout: preview } = await scratch.sh(
      "pulumi preview --stack nas --expect-no-changes --diff",
    );
    expect(changes === 0 ? "nothing to do" : preview).toBe("nothing to do");
  });

  test("every number has its tool's raw output behind it, and comes out of the stored record again", () => {
    const { session, runs } = read("a.json");
    for (const run of runs) {
      const scenario = session.design.scenarios.find((one) => one.name === run.slot.scenario);
      if (scenario === undefined || run.observation === undefined) throw new Error("incomplete record");
      expect(measureRun(scenario, run.observation)).toEqual(run.metrics);
      const headline = scenario.load.tool === "iperf3" ? "throughput" : "round-trip-p50";
      expect(run.metrics.find((metric) => metric.name === headline)).toHaveProperty("value");
      expect(run.metrics.find((metric) => metric.name === "daemon-memory-resident")).toHaveProperty("value");
      expect(run.observation.outputs.map((output) => output.tool)).toEqual(["wg", "ping", scenario.load.tool]);
    }
  });

  test("neither the record nor the page holds any key of the stack, as base64 or hex", async () => {
    const { plan, keys } = await openLabStack(scratch.lab, "nas");
    const secrets = plan.interfaces.flatMap((wg) => [
      keys.privateKey(wg.key),
      ...wg.peers.flatMap((peer) => [
        keys.presharedKey(peer.presharedKey),
        ...(peer.key.kind === "derived" ? [keys.privateKey(peer.key.name)] : []),
      ]),
    ]);
    const root = readFileSync(join(scratch.lab.dir, "project/root.secret"), "utf8").trim();
    expect(secrets.length).toBeGreaterThan(40);
    for (const name of ["a.json", "a.html"])
      expect(secretsIn(readFileSync(recordFile(name), "utf8"), [root, ...secrets])).toEqual([]);
  });

  test("an interrupt in the middle of the load takes the client down and keeps a record", async () => {
    const child = start("--interface", "wg1", "--seconds", "60", "--json", recordFile("stopped.json"));
    const ended = collect(child, { timeoutSeconds: 120 }, () => child.kill("SIGKILL"));
    await until("a client is there and the load runs", async () => {
      const there = await left(); // before that, the tools are asked for their versions
      return there.length > 2 && /fping|iperf3/.test(there.join());
    });
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 1 });
    expect(read("stopped.json")).toMatchObject({
      session: { state: "interrupted" },
      runs: [{ status: "interrupted" }],
    });
    expect(await left()).toEqual([]);
  });

  test("a load that can't start fails its run, with the reason, and takes the client down", async () => {
    const squatter = spawnOn(scratch.lab, "nas", ["iperf3", "--server", "--bind", "10.66.1.1", "--port", "5201"]);
    await until("the port is taken", async () => (await scratch.read("ss -ltn", "nas")).includes("10.66.1.1:5201"));
    try {
      const { code, stdout } = await bench("--interface", "wg1", "--json", recordFile("taken.json"));
      expect(code).toBe(1);
      expect(stdout).toContain("the iperf3 server did not start");
    } finally {
      squatter.kill("SIGKILL");
    }
    expect(
      read("taken.json")
        .runs.map((run) => run.status)
        .sort(),
    ).toEqual(["failed", "failed", "valid"]);
    await until("the squatter has ended", async () => (await left()).length === 0);
  });

  test("killed in the middle, it leaves a client that the next run replaces", async () => {
    const child = start("--interface", "wg1", "--seconds", "60");
    await until("the load runs", async () => /fping|iperf3/.test((await left()).join()));
    child.kill("SIGKILL");
    expect(await bench("--interface", "wg1")).toMatchObject({ code: 0 });
    await until("nothing is left", async () => (await left()).length === 0);
  });

  test.each([
    [["--interface", "wg77"], /has no interface wg77; it has wg1/],
    [["--seconds", "0"], /whole seconds/],
    [["--stack", "no/such"], /has no stack "no\/such"/],
  ])("bench run %j is bad input", async (args, message) => {
    const { code, stderr } = await bench(...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
