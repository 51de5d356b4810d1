import { setTimeout as sleep } from "node:timers/promises";
import type { SocketAddress } from "../../lab/agent/socket-address.ts";
import { must } from "../../lab/execute.ts";
import { ask, listen, type Prober, ping, startProber, unlisten } from "../../lab/prober.ts";
import { type StreamOrder, startFlood, startStream } from "../../lab/stream.ts";
import { startWatch, type Watch } from "../../lab/watch.ts";
import { describeLab, until } from "../support/lab.ts";
import { type TwoNetworks, twoNetworks } from "../support/two-networks.ts";

jest.setTimeout(60_000);

describeLab("prober", () => {
  let networks: TwoNetworks;
  let near: Prober;
  let far: Prober;
  let watch: Watch;

  beforeAll(async () => {
    networks = await twoNetworks();
    near = startProber(networks.near);
    far = startProber(networks.far);
    watch = await startWatch(networks.far);
  });

  afterAll(async () => {
    for (const open of [watch, near, far, networks]) await open?.close();
  });

  const nft = (text: string) => must([...networks.far.enter, "nft", "-f", "-"], { stdin: text });
  const drop = (rule: string) =>
    nft(`table inet fence { chain in { type filter hook input priority 0; ${rule} drop; }; }`);
  const open = () => nft("table inet fence\ndelete table inet fence");

  const packets = async ({ protocol, address, port }: Omit<SocketAddress, "protocol"> & { protocol: string }) => {
    const seen = await watch.arrivals();
    return seen.filter((one) => one.protocol === protocol && one.destination === address && one.port === port);
  };

  const ways: readonly SocketAddress[] = [
    { protocol: "tcp", address: "10.9.0.2", port: 4001 },
    { protocol: "udp", address: "10.9.0.2", port: 4002 },
    { protocol: "tcp", address: "fd09::2", port: 4003 },
    { protocol: "udp", address: "fd09::2", port: 4004 },
  ];

  test.each(ways)("$protocol to $address is echoed, and counted with its source", async (at) => {
    expect(await listen(far, at)).toEqual({ busy: false });
    expect(await ask(near, { to: at, timeoutMs: 5000 })).toEqual({ kind: "echo", detail: "" });
    const source = at.address.replace(/2$/, "1");
    expect(await packets(at)).toMatchObject([{ source, packets: expect.any(Number) }]);
    await unlisten(far, at);
  });

  test.each(ways)(
    "$protocol to $address that a filter drops is not answered and does not count as arrived",
    async (at) => {
      const to = { ...at, port: at.port + 100 };
      await listen(far, to);
      await drop(`${to.protocol} dport ${to.port}`);
      expect(await ask(near, { to, timeoutMs: 300 })).toMatchObject({ kind: "none" });
      expect(await packets(to)).toEqual([]);
      await open();
      expect(await ask(near, { to, timeoutMs: 5000 })).toMatchObject({ kind: "echo" });
      expect(await packets(to)).toHaveLength(1);
      await unlisten(far, to);
    },
  );

  test("what arrives without a listener is refused, and counted all the same", async () => {
    for (const at of ways) {
      const to = { ...at, port: at.port + 200 };
      expect(await ask(near, { to, timeoutMs: 5000 })).toMatchObject({ kind: "refused" });
      expect(await packets(to)).toHaveLength(1);
    }
  });

  test("a packet whose answer is lost has arrived but is not answered", async () => {
    const to: SocketAddress = { protocol: "tcp", address: "10.9.0.2", port: 4301 };
    await listen(far, to);
    await nft(`table inet fence { chain out { type filter hook output priority 0; tcp sport 4301 drop; }; }`);
    expect(await ask(near, { to, timeoutMs: 300 })).toMatchObject({ kind: "none" });
    expect(await packets(to)).toHaveLength(1);
    await open();
    await unlisten(far, to);
  });

  test("a spoofed source shows as what it pretends to be", async () => {
    await must([...networks.near.enter, "ip", "address", "add", "10.7.7.7/32", "dev", "eth0"]);
    const to: SocketAddress = { protocol: "udp", address: "10.9.0.2", port: 4401 };
    await ask(near, { to, source: "10.7.7.7", timeoutMs: 100 });
    expect(await packets(to)).toMatchObject([{ source: "10.7.7.7" }]);
  });

  test("an echo request is answered and counted, unless it is dropped", async () => {
    for (const address of ["10.9.0.2", "fd09::2"]) {
      const count = async () => (await packets({ protocol: "icmp", address, port: 0 })).map((one) => one.packets);
      expect(await ping(networks.near, address, { timeoutMs: 5000 })).toMatchObject({ kind: "echo" });
      const before = await count();
      expect(before).toEqual([1]);
      await drop("icmp type echo-request");
      await drop("icmpv6 type echo-request");
      expect(await ping(networks.near, address, { timeoutMs: 300 })).toMatchObject({ kind: "none" });
      expect(await count()).toEqual(before);
      await open();
    }
  });

  test("an echo request of somebody else does not count, one of ours does in any name", async () => {
    await must([...networks.near.enter, "ip", "address", "replace", "10.7.7.8/32", "dev", "eth0"]);
    await must([...networks.near.enter, "ip", "address", "replace", "fd07::8/128", "dev", "eth0", "nodad"]);
    for (const [address, source] of [
      ["10.9.0.2", "10.7.7.8"],
      ["fd09::2", "fd07::8"],
    ] as const) {
      const before = await packets({ protocol: "icmp", address, port: 0 });
      await must([...networks.near.enter, "ping", "-n", "-c", "3", "-i", "0.01", address]);
      expect(await packets({ protocol: "icmp", address, port: 0 })).toEqual(before);
      await ping(networks.near, address, { source, timeoutMs: 100 });
      const lies = (await packets({ protocol: "icmp", address, port: 0 })).filter((one) => one.source === source);
      expect(lies).toMatchObject([{ packets: 1 }]);
    }
  });

  test("a port that another program has is busy, not stolen", async () => {
    const other = startProber(networks.far);
    const at: SocketAddress = { protocol: "tcp", address: "10.9.0.2", port: 4501 };
    try {
      expect(await listen(other, at)).toEqual({ busy: false });
      expect(await listen(far, at)).toEqual({ busy: true });
    } finally {
      await other.close();
    }
    expect(await listen(far, at)).toEqual({ busy: false });
  });

  test("a watch vanishes with its process and leaves the rules of others alone", async () => {
    await drop("udp dport 1");
    const second = await startWatch(networks.near);
    await second.close();
    expect(await must([...networks.near.enter, "nft", "list", "ruleset"])).toBe("");
    expect(await must([...networks.far.enter, "nft", "list", "table", "inet", "fence"])).toContain("dport 1");
    await open();
  });

  test("a prober that has ended says so instead of hanging", async () => {
    const short = startProber(networks.near);
    await short.close();
    await short.close();
    await expect(ask(short, { to: { protocol: "tcp", address: "10.9.0.2", port: 1 }, timeoutMs: 100 })).rejects.toThrow(
      "prober on near has ended",
    );
  });

  describe("stream", () => {
    const order = (more: Partial<StreamOrder>): StreamOrder => ({
      from: near,
      to: far,
      address: "10.9.0.2",
      port: 4600,
      packetsPerSecond: 500,
      ...more,
    });

    test.each(["10.9.0.2", "fd09::2"])("loses nothing on a cable to %s", async (address) => {
      const stream = await startStream(order({ address }));
      await until("some have come", async () => (await sentOf(address, 4600)) > 400);
      const result = await stream.stop();
      expect(result).toMatchObject({ lost: 0, duplicates: 0, refused: {}, missing: [], overrun: 0 });
      expect(result.sent).toBeGreaterThan(100);
    });

    test("every packet that a filter drops is lost, by number, and the gap is as long as the filter stood", async () => {
      const stream = await startStream(order({ port: 4601 }));
      await drop("udp dport 4601");
      await until("what had come is noted", () => hasFetchedAll(4601));
      const stoodSeconds = await pausedSeconds(2);
      await open();
      const before = await sentOf("10.9.0.2", 4601);
      await until("some have come again", async () => (await sentOf("10.9.0.2", 4601)) > before + 50);
      const result = await stream.stop();
      expect(result.lost).toBeGreaterThan(10);
      expect(result.received + result.lost).toBe(result.sent);
      expect(result.missing[1]).toBe((result.missing[0] ?? 0) + 1);
      expect(result.longestGapSeconds).toBeGreaterThanOrEqual(stoodSeconds * 0.9);
    });

    test("a stream cut for good counts its tail as lost and as a gap", async () => {
      const stream = await startStream(order({ port: 4602 }));
      await drop("udp dport 4602");
      await until("what had come is noted", () => hasFetchedAll(4602));
      const cutSeconds = await pausedSeconds(2);
      const result = await stream.stop();
      await open();
      expect(result.lost).toBeGreaterThan(10);
      expect(result.longestGapSeconds).toBeGreaterThanOrEqual(cutSeconds * 0.9);
    });

    test("a flood against a filter leaks nothing, and a hole of an instant shows", async () => {
      await drop("udp dport 4603");
      const tight = await startFlood(order({ port: 4603, packetsPerSecond: 10_000 }));
      await sleep(300);
      expect(await tight.stop()).toMatchObject({ received: 0, lost: expect.any(Number) });
      const leaky = await startFlood(order({ port: 4603, packetsPerSecond: 10_000 }));
      await open();
      await until("one has come", async () => (await sentOf("10.9.0.2", 4603)) > 0);
      await drop("udp dport 4603");
      const result = await leaky.stop();
      await open();
      expect(result.received).toBeGreaterThan(0);
      expect(result.received).toBeLessThan(result.sent);
    });

    test("a stream into nothing is an error, not an endless wait", async () => {
      await must([...networks.near.enter, "ip", "route", "add", "unreachable", "10.8.8.8/32"]);
      await must([...networks.far.enter, "ip", "address", "add", "10.8.8.8/32", "dev", "lo"]);
      await expect(startStream(order({ address: "10.8.8.8", port: 4604, waitSeconds: 1 }))).rejects.toThrow(
        "nothing arrived",
      );
    });
  });

  /** A busy machine lets the receiver note a packet long after it has come, and the gap after it begin late. */
  const hasFetchedAll = async (port: number) => {
    const argv = [...networks.far.enter, "ss", "--no-header", "--udp", "--all", "--numeric", `sport = :${port}`];
    return /^UNCONN +0 /.test(await must(argv));
  };

  const sentOf = async (address: string, port: number) =>
    (await packets({ protocol: "udp", address, port })).reduce((sum, one) => sum + one.packets, 0);
});

/** Waits at least so long; how long it really was. */
async function pausedSeconds(seconds: number): Promise<number> {
  const began = performance.now();
  await sleep(seconds * 1000);
  return (performance.now() - began) / 1000;
}
