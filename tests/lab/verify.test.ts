import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLabStack } from "../../cli/input/lab-stack.ts";
import type { VerifyReport, VerifyResult } from "../../cli/verify/expectations.ts";
import { stageDirections } from "../../cli/verify/stage-directions.ts";
import { formatAddress } from "../../core/net/address.ts";
import { decide } from "../../core/plan/policy.ts";
import { removeClient } from "../../lab/client.ts";
import { ask, ping, placeOf } from "../../lab/prober.ts";
import { castActor, wake, widen } from "../../lab/proof/actors.ts";
import { sampleProbes } from "../../lab/proof/sample.ts";
import { openStage } from "../../lab/proof/stage.ts";
import { clientRecords } from "../../lab/state.ts";
import { up } from "../../lab/up.ts";
import type { Stack } from "../../project/stack.ts";
import { deployByHand } from "../support/deployment.ts";
import { cli, describeLab, namespacesOf, scratchLab, until } from "../support/lab.ts";
import { TWO_TUNNELS } from "../support/two-tunnels.ts";

const STACK = `config:
  wirewright:domain: domain.yaml
  wirewright:server: router
  wirewright:implementation: wireguard-go
  wirewright:natInterface: wan0
  wirewright:rootSecretFile: root.secret
`;

/** One client that reaches what is beyond the server and nothing else; one that has no address to reach anything with. */
const QUIET = `version: 1
servers:
  router:
    address: 192.168.1.1
    endpoint: vpn.example.net
    interfaces:
      wg0: { port: 51820, network: [10.66.0.0/24] }
subnets:
  lan: [192.168.1.0/24]
  lan6: ["fd00:1::/64"]
profiles:
  guard: { reach: [{ to: lan, ports: [tcp/22] }] }
  hermit: { reach: [lan6] }
bindings:
  - { profile: guard, interface: router/wg0, clients: { guard: {} } }
  - { profile: hermit, interface: router/wg0, clients: { hermit: {} } }
expect:
  - { from: router/wg0/guard, to: 192.168.1.10, port: tcp/22, verdict: allow }
  - { from: router/wg0/guard, to: self, port: icmp, verdict: deny }
  - { from: router/wg0/hermit, to: 192.168.1.10, port: tcp/22, verdict: deny }
`;

jest.setTimeout(180_000);

describeLab("verify", () => {
  const { lab, sh, read, close } = scratchLab("verify");

  beforeAll(async () => {
    await up(lab);
    writeFileSync(join(lab.dir, "project/domain.yaml"), TWO_TUNNELS);
    writeFileSync(join(lab.dir, "project/Pulumi.proof.yaml"), STACK);
    // Somebody else's link, with a name that nft takes for one wherever it compares interfaces with 0.
    await read("ip tuntap add dev 0 mode tun", "router");
    await deploy();
  });
  afterAll(close);

  const deploy = async () => deployByHand(lab, await openLabStack(lab, "proof"));

  const openFilter = async () => {
    const chains = ["wg0", "wg1"].flatMap((wg) => ["input", "forward"].map((chain) => `wirewright_${wg} ${chain}`));
    await read(chains.map((chain) => `nft flush chain inet ${chain}`).join("; "), "router");
  };

  interface Run extends VerifyReport {
    readonly code: number;
    readonly agree: number;
    readonly disagree: number;
    readonly unclear: number;
    readonly onPaper: number;
  }

  const verify = async (...args: string[]): Promise<Run> => {
    const child = cli(["verify", "--stack", "proof", "--name", lab.name, "--json", ...args]);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    const [code] = await once(child, "close");
    if (out.length === 0) throw new Error(`exit ${code}: ${Buffer.concat(err)}`);
    return { code, ...JSON.parse(Buffer.concat(out).toString()) };
  };

  const found = ({ plan }: Stack, path: string) => {
    const all = plan.interfaces.flatMap((wg) => wg.peers.map((peer) => ({ wg, peer })));
    const one = all.find(({ peer }) => peer.path === path);
    if (one === undefined) throw new Error(`there is no ${path}`);
    return one;
  };

  /** What a run may change for a time but not leave behind. */
  const traces = async () => {
    const nodes = ["router", "lanhost", "camera", "internet", "nas"];
    const script = "ip -br address; ip route; ip -6 route; nft -s list ruleset";
    return Promise.all(nodes.map((node) => read(script, node)));
  };

  const named = (results: readonly VerifyResult[], outcome: VerifyResult["outcome"]) =>
    results
      .filter((one) => one.outcome === outcome)
      .map(({ from, to, port, verdict }) => `${verdict} ${from} ${to} ${port}`);

  /** From one tunnel into the other. */
  const across = (results: readonly VerifyResult[]) => {
    const isIn = {
      wg0: /^(10[.]66[.]0[.]|fd00:66:|192[.]168[.]50[.])/,
      wg1: /^(10[.]67[.]0[.]|fd00:67:|192[.]168[.]60[.])/,
    };
    return results.filter(
      ({ from, to }) => !from.includes(" as ") && (from.includes("/wg0/") ? isIn.wg1 : isIn.wg0).test(to),
    );
  };

  test("packets agree with the policy on every line and on a sample, and nothing of the run stays", async () => {
    const before = await traces();
    const { code, expectations, sampled, ...totals } = await verify("--samples", "12", "--seed", "5");
    // Whole, so that a failure tells the reason.
    expect([...expectations, ...sampled].filter(({ outcome }) => outcome !== "agrees" && outcome !== "paper")).toEqual(
      [],
    );
    expect(named(expectations, "paper")).toEqual([
      "deny router/wg0/phone 192.168.7.10 tcp/554",
      "allow router/wg0/branch router/wg0/phone tcp/22",
    ]);
    expect(named(expectations, "agrees")).toHaveLength(9);
    expect(sampled.length).toBeGreaterThanOrEqual(24);
    expect(named(across(sampled), "agrees").length).toBeGreaterThanOrEqual(2);
    expect(totals).toMatchObject({ pairs: 12, disagree: 0, unclear: 0, onPaper: 2 });
    expect(code).toBe(0);
    expect(await traces()).toEqual(before);
    expect(clientRecords(lab)).toEqual([]);
  });

  test("a device whose filter is gone disagrees on every forbidden packet, and each is named", async () => {
    await openFilter();
    const { code, expectations, sampled } = await verify("--samples", "4");
    await deploy();
    expect(named(expectations, "disagrees")).toEqual([
      "deny router/wg0/laptop 192.168.7.10 any",
      "deny router/wg0/tv 192.168.1.77 udp/5011",
      "deny router/wg0/tv self icmp",
      "deny router/wg0/tv router/wg0/branch tcp/22",
    ]);
    const forbidden = sampled.filter((one) => one.verdict === "deny" && !one.from.includes(" as "));
    expect(forbidden.some((one) => one.to.startsWith("fe80:"))).toBe(true);
    expect(across(forbidden).length).toBeGreaterThan(0);
    expect(forbidden.filter((one) => one.outcome !== "disagrees")).toEqual([]);
    expect(code).toBe(3);
  });

  test("the pings of a client that is not of the run are no breach of anybody's policy", async () => {
    const stack = await openLabStack(lab, "proof");
    const { wg, peer } = found(stack, "router/wg0/roamer"); // which may ping the server; the tv may not
    const [server = ""] = wg.addresses.map(formatAddress);
    const actor = await castActor(lab, 0, stageDirections(stack, 1, 0).casting(wg, peer));
    const { enter } = placeOf(lab, actor.node);
    const pinging = spawn("nsenter", [...enter.slice(1), "ping", "-i", "0.05", server], { stdio: "pipe" });
    try {
      await once(pinging.stdout, "data"); // the first line comes before any answer
      await once(pinging.stdout, "data");
      const { code, expectations } = await verify("--samples", "0");
      expect(pinging.exitCode).toBeNull();
      expect([...named(expectations, "disagrees"), ...named(expectations, "unclear")]).toEqual([]);
      expect(code).toBe(0);
    } finally {
      pinging.kill("SIGKILL");
      await removeClient(lab, actor.node);
    }
  });

  test("without keepalive, who may not reach the server itself is proven as well, and who reaches nothing", async () => {
    writeFileSync(join(lab.dir, "project/quiet.yaml"), QUIET);
    writeFileSync(
      join(lab.dir, "project/Pulumi.quiet.yaml"),
      `${STACK.replace("domain.yaml", "quiet.yaml")}  wirewright:keepalive: 0\n`,
    );
    try {
      await deployByHand(lab, await openLabStack(lab, "quiet"));
      const { code, expectations, sampled } = await verify("--stack", "quiet", "--samples", "2");
      expect([...expectations, ...sampled].filter(({ outcome }) => outcome !== "agrees")).toEqual([]);
      expect(expectations).toHaveLength(3);
      expect(code).toBe(0);
    } finally {
      await deploy();
    }
  });

  test("a host of the LAN can't open a conversation with a client, not even with one that may reach it", async () => {
    const stack = await openLabStack(lab, "proof");
    const laptop = found(stack, "router/wg0/laptop");
    const stage = openStage(lab);
    const actor = await castActor(lab, 0, stageDirections(stack, 1, 0).casting(laptop.wg, laptop.peer));
    try {
      expect(await wake(stage, actor)).toBe(true);
      await widen(lab, actor); // so that nothing but the server's filter is in the way
      const [client, lanhost] = [await stage.host(actor.node), await stage.host("lanhost")];
      const knock = async () => {
        for (const address of laptop.peer.addresses.map(formatAddress)) {
          await ask(lanhost.prober, { to: { protocol: "tcp", address, port: 22 }, timeoutMs: 500 });
          await ask(lanhost.prober, { to: { protocol: "udp", address, port: 53 }, timeoutMs: 500 });
          await ping(lanhost.place, address, { timeoutMs: 500 });
        }
        // Replies to the client, and the tunnel's own packets, come to other ports.
        const arrivals = (await client.watch.arrivals()).filter(({ port }) => [0, 22, 53].includes(port));
        return arrivals.map(({ source, protocol, port }) => `${source} ${protocol}/${port}`).sort();
      };
      const way = { to: { protocol: "tcp", address: "192.168.1.10", port: 9 }, timeoutMs: 5000 } as const;
      expect((await ask((await stage.host(actor.node)).prober, way)).kind).toBe("refused"); // it may, and is answered
      expect(await knock()).toEqual([]);
      await openFilter();
      const sources = ["192.168.1.10", "fd00:1::10"];
      expect(await knock()).toEqual(
        sources.flatMap((from) => ["icmp/0", "tcp/22", "udp/53"].map((to) => `${from} ${to}`)),
      );
    } finally {
      await stage.close();
      await removeClient(lab, actor.node);
      await deploy();
    }
  });

  test("who may reach the internet does not reach the device at a public address that the plan does not know", async () => {
    const stack = await openLabStack(lab, "proof");
    const { wg, peer } = found(stack, "router/wg1/visitor");
    const [own4, own6] = ["9.9.9.9", "2620:fe::fe"];
    await read(`ip address add ${own4} dev lo; ip address add ${own6} dev lo`, "router");
    const stage = openStage(lab);
    const actor = await castActor(lab, 0, stageDirections(stack, 1, 0).casting(wg, peer));
    try {
      expect(await wake(stage, actor)).toBe(true);
      const { prober, place } = await stage.host(actor.node);
      const answers = async (address: string) => [
        (await ask(prober, { to: { protocol: "tcp", address, port: 22 }, timeoutMs: 1500 })).kind,
        (await ask(prober, { to: { protocol: "udp", address, port: 9 }, timeoutMs: 1500 })).kind,
        (await ping(place, address, { timeoutMs: 1500 })).kind,
      ];
      expect(await answers("1.1.1.1")).not.toContain("none"); // the way is open
      expect(await answers(own4)).toEqual(["none", "none", "none"]);
      expect(await answers(own6)).toEqual(["none", "none", "none"]);
    } finally {
      await stage.close();
      await removeClient(lab, actor.node);
      await read(`ip address del ${own4} dev lo; ip address del ${own6} dev lo`, "router");
    }
  });

  test("what is allowed but stopped on the way there or back disagrees", async () => {
    const table = "table inet fence { chain there { type filter hook forward priority -1; tcp dport 22 drop; };";
    const back = "chain back { type filter hook forward priority -1; udp sport 5000 drop; }; }";
    await read(`nft '${table} ${back}'`, "router");
    const { code, expectations } = await verify("--samples", "0");
    await read("nft delete table inet fence", "router");
    expect(named(expectations, "disagrees")).toEqual([
      "allow router/wg0/laptop 192.168.1.10 tcp/22",
      "allow router/wg0/tv 192.168.1.77 udp/5000-5010",
      "allow router/wg0/branch router/wg0/tv tcp/22",
    ]);
    expect(expectations[0]?.detail).toContain("nothing arrived at lanhost");
    expect(expectations.find((one) => one.port === "udp/5000-5010")?.detail).toContain("no answer came back");
    expect(code).toBe(3);
  });

  test("a missing source NAT disagrees: nobody out there knows the way back", async () => {
    await read("nft flush chain inet wirewright_wg0 postrouting", "router");
    const { code, expectations } = await verify("--samples", "0");
    await deploy();
    expect(named(expectations, "disagrees")).toEqual(["allow router/wg0/laptop 2606:4700:4700::1111 udp/53"]);
    expect(code).toBe(3);
  });

  test("a client that may use the address of another is found out by its spoofed packets", async () => {
    const stack = await openLabStack(lab, "proof");
    const drawn = (seed: number) =>
      sampleProbes(stack.plan.interfaces, { seed, pairs: 1, landmarks: [], usable: () => true });
    // A lie that the policy itself would let pass: only WireGuard's own check of sources stands against it.
    const seed = Array.from({ length: 500 }, (_, i) => i).find((i) =>
      drawn(i).some(({ plan, spoof, ...one }) => spoof && decide(plan, { ...one, from: spoof }).verdict === "allow"),
    );
    const lie = drawn(seed ?? -1).find((probe) => probe.spoof);
    if (!lie?.spoof) throw new Error("no such lie in 500 seeds");
    const key = stack.keys.peerPublicKey(lie.peer.key);
    const stolen = [...lie.peer.addresses, lie.spoof].map(
      (one) => `${formatAddress(one)}/${one.family === 4 ? 32 : 128}`,
    );
    await read(`wg set ${lie.plan.name} peer ${key} allowed-ips ${stolen.join(",")}`, "router");
    const { code, sampled } = await verify("--samples", "1", "--seed", String(seed));
    await deploy();
    expect(named(sampled, "disagrees").join("\n")).toContain(` as ${formatAddress(lie.spoof)} `);
    expect(code).toBe(3);
  });

  test("a tunnel that is down can't tell anything, least of all that all is denied", async () => {
    await read(
      "nft 'table inet fence { chain in { type filter hook input priority -1; udp dport 51820 drop; }; }'",
      "router",
    );
    const { code, unclear, disagree, agree } = await verify("--samples", "0");
    await read("nft delete table inet fence", "router");
    expect({ code, disagree, agree }).toEqual({ code: 1, disagree: 0, agree: 0 });
    expect(unclear).toBe(9);
  });

  test("a run that is interrupted takes its clients down; one that is killed leaves them to the next run", async () => {
    const before = await traces();
    const gentle = cli(["verify", "--stack", "proof", "--name", lab.name]);
    await until("a client is up", () => clientRecords(lab).length > 0);
    gentle.kill("SIGINT");
    const [code] = await once(gentle, "exit");
    expect(code).toBe(1);
    expect(clientRecords(lab)).toEqual([]);
    const child = cli(["verify", "--stack", "proof", "--name", lab.name]);
    await until("a client is up", () => clientRecords(lab).length > 2);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(clientRecords(lab).length).toBeGreaterThan(0);
    const next = await verify("--samples", "0");
    expect([...named(next.expectations, "disagrees"), ...named(next.expectations, "unclear")]).toEqual([]);
    expect(next.code).toBe(0);
    expect(namespacesOf(lab.name).filter((name) => name.includes("verify-"))).toEqual([]);
    expect(await traces()).toEqual(before);
  });

  test("inside the lab it is refused at once, with the way to run it", async () => {
    const { code, stdout, stderr } = await sh("wirewright verify --stack proof --samples 0");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      `wirewright: this runs inside lab "${lab.name}", where the networks of a lab can't be entered; run it outside, with --name ${lab.name}\n`,
    );
  });

  test("bad words are bad input, a lab that is down is a failure", async () => {
    const run = async (...args: string[]) => {
      const child = cli(["verify", ...args]);
      const err: Buffer[] = [];
      child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
      const [code] = await once(child, "close");
      return { code, stderr: Buffer.concat(err).toString() };
    };
    expect(await run("--stack", "nobody", "--name", lab.name)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"nobody"'),
    });
    expect(await run("--stack", "proof", "--samples", "-1", "--name", lab.name)).toMatchObject({ code: 2 });
    expect(await run("--name", lab.name)).toMatchObject({ code: 2 });
    expect(await run("--stack", "proof", "--name", "nolab")).toMatchObject({ code: 1 });
  });
});
