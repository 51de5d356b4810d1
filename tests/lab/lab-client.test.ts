import childProcess from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import type { Implementation } from "../../core/plan/types.ts";
import { addClient, clientDown, clientUp, removeClient } from "../../lab/client.ts";
import { must } from "../../lab/execute.ts";
import { readQuick } from "../../lab/quick.ts";
import { capture, spawnOn } from "../../lab/run.ts";
import { up } from "../../lab/up.ts";
import { describeLab, namespacesOf, type ScratchLab, scratchLab } from "../support/lab.ts";

jest.setTimeout(180_000);

interface Keys {
  readonly secret: string;
  readonly open: string;
}

async function newKeys(): Promise<Keys> {
  const secret = (await must(["wg", "genkey"])).trim();
  return { secret, open: (await must(["wg", "pubkey"], { stdin: secret })).trim() };
}

describeLab("a lab's client", () => {
  let scratch: ScratchLab;
  let server: Keys;
  // One key per case: boringtun's clock runs ahead of wireguard-go's, and a server takes an older handshake for a replay.
  let clients: readonly Keys[];
  const cases: readonly (readonly [Implementation, "lan" | "wan"])[] = [
    ["wireguard-go", "wan"],
    ["boringtun", "wan"],
    ["wireguard-go", "lan"],
    ["boringtun", "lan"],
  ];
  const config = (own: Keys, allowed: string, endpoint = "vpn.example.net:51820") =>
    `[Interface]\nPrivateKey = ${own.secret}\nAddress = 10.66.0.2/32, fd00:66::2/128\nDNS = 1.1.1.1\nMTU = 1380\nPostUp = touch /etc/hooked\n\n` +
    `[Peer] # the server\nPublicKey = ${server.open}\nEndpoint = ${endpoint}\nAllowedIPs = ${allowed}\n`;
  const ping = (address: string, on: string) => scratch.sh(`ping -c 1 -W 5 ${address}`, on);
  const serve = async (peer: Keys) => {
    const script = `ip link delete wg0 2>/dev/null; while [ -e /run/wireguard/wg0.sock ]; do sleep 0.05; done; set -e
      wireguard-go wg0 </dev/null >/dev/null 2>&1
      (umask 077; cat > /root/key); wg set wg0 listen-port 51820 private-key /root/key
      wg set wg0 peer ${peer.open} allowed-ips 10.66.0.2/32,fd00:66::2/128
      ip address add 10.66.0.1/24 dev wg0; ip address add fd00:66::1/64 dev wg0; ip link set wg0 up
      nft -f - <<END
table inet tunnel
delete table inet tunnel
table inet tunnel { chain out { type nat hook postrouting priority srcnat; oifname wan0 masquerade; }; }
END`;
    const made = await capture(scratch.lab, { on: "router", argv: ["sh", "-c", script], stdin: server.secret });
    expect(made).toMatchObject({ code: 0 });
  };

  beforeAll(async () => {
    scratch = scratchLab("client");
    server = await newKeys();
    clients = await Promise.all(cases.map(newKeys));
    await up(scratch.lab);
  });
  afterAll(() => scratch?.close());

  test.each(cases.map((one, i) => [...one, i] as const))(
    "%s on the %s talks to a server on the router",
    async (implementation, at, i) => {
      const own = clients[i] as Keys;
      await serve(own);
      await addClient(scratch.lab, { name: "laptop", at });
      await clientUp(scratch.lab, "laptop", { implementation, config: config(own, "0.0.0.0/0, ::/0") });
      for (const address of ["10.66.0.1", "fd00:66::1", "192.168.1.10", "192.168.7.10", "1.1.1.1"]) {
        expect([address, await ping(address, "laptop")]).toEqual([address, expect.objectContaining({ code: 0 })]);
      }
      // All of it went through the tunnel, and the tunnel's own packets did not.
      const [, received = "0"] = /(\d+)\t\d+$/.exec(await scratch.read("wg show wg0 transfer", "router")) ?? [];
      expect(Number(received)).toBeGreaterThan(5 * 84);
      expect(await scratch.read("ip route get 1.1.1.1", "laptop")).toContain("dev wg0");
      expect(await scratch.read("ip -6 route get 2001:db8::1", "laptop")).toContain("dev wg0");
      expect(await scratch.read("cat /sys/class/net/wg0/mtu; ls /etc/hooked 2>/dev/null || true", "laptop")).toBe(
        "1380",
      );
      await removeClient(scratch.lab, "laptop");
    },
  );

  test.each([
    ["wireguard-go", "IPv4", "vpn.example.net:51820", "198.51.100.1:4242"],
    ["boringtun", "IPv4", "vpn.example.net:51820", "198.51.100.1:4242"],
    ["wireguard-go", "IPv6", "[2001:db8:100::1]:51820", "[2001:db8:100::1]:4242"],
    ["boringtun", "IPv6", "[2001:db8:100::1]:51820", "[2001:db8:100::1]:4242"],
  ] as const)(
    "%s over %s: the tunnel's own packets stay outside when the server's port changes",
    async (implementation, _, endpoint, moved) => {
      const own = await newKeys();
      await serve(own);
      await addClient(scratch.lab, { name: "mover", at: "wan" });
      await clientUp(scratch.lab, "mover", { implementation, config: config(own, "0.0.0.0/0, ::/0", endpoint) });
      const reachesAll = async () => {
        for (const address of ["10.66.0.1", "fd00:66::1", "192.168.1.10", "1.1.1.1"]) {
          expect([address, await ping(address, "mover")]).toEqual([address, expect.objectContaining({ code: 0 })]);
        }
      };
      await reachesAll();
      // The client learns the new port from a packet of the server's, as it would from any that comes from elsewhere.
      await scratch.read("wg set wg0 listen-port 4242", "router");
      await scratch.sh("ping -c 2 -W 5 10.66.0.2", "router");
      expect(await scratch.read("wg show wg0 endpoints", "mover")).toContain(moved);
      await reachesAll();
      // Or it is told, which boringtun does not survive.
      if (implementation === "wireguard-go") {
        await scratch.read("wg set wg0 listen-port 4343", "router");
        await scratch.read(`wg set wg0 peer ${server.open} endpoint ${moved.replace(/4242$/, "4343")}`, "mover");
        await reachesAll();
      }
      // An encrypted packet that goes into the tunnel is encrypted again and goes there again: hundreds of thousands a second.
      const sent = await scratch.read("cat /sys/class/net/wg0/statistics/tx_packets", "mover");
      expect(Number(sent)).toBeLessThan(100);
      await removeClient(scratch.lab, "mover");
    },
  );

  test("reaches through the tunnel what AllowedIPs names, although it hangs on the same wire", async () => {
    const own = clients[2] as Keys;
    await serve(own);
    await addClient(scratch.lab, { name: "near", at: "lan" });
    await clientUp(scratch.lab, "near", {
      implementation: "wireguard-go",
      config: config(own, "192.168.1.0/24, 10.66.0.0/24"),
    });
    expect(await scratch.read("ip route get 192.168.1.1", "near")).toContain("dev wg0");
    expect(await scratch.read("ip route get 1.1.1.1", "near")).toContain("dev eth0");
    expect(await ping("192.168.1.1", "near")).toMatchObject({ code: 0 });
    await removeClient(scratch.lab, "near");
  });

  test("keeps its private key out of every command line and environment", async () => {
    const own = clients[0] as Keys;
    await addClient(scratch.lab, { name: "shy", at: "wan" });
    const started = jest.spyOn(childProcess, "spawn");
    await clientUp(scratch.lab, "shy", { implementation: "wireguard-go", config: config(own, "0.0.0.0/0") });
    const seen = JSON.stringify(started.mock.calls);
    started.mockRestore();
    expect(seen).toContain("setconf");
    expect(seen).not.toContain(own.secret);
    await removeClient(scratch.lab, "shy");
  });

  test("is after clientDown as it was when it was added", async () => {
    await addClient(scratch.lab, { name: "tidy", at: "wan" });
    const look = () =>
      scratch.read(
        "ip -br address | sed 's/@[^ ]*//'; ip rule; ip -6 rule; ip route show table all; ip -6 route show table all | grep -v fe80; ls /run; pgrep -c wireguard-go --ns $$ --nslist net || true",
        "tidy",
      );
    const before = await look();
    await clientUp(scratch.lab, "tidy", {
      implementation: "wireguard-go",
      config: config(clients[0] as Keys, "0.0.0.0/0, ::/0"),
    });
    const busy = spawnOn(scratch.lab, "tidy", ["sleep", "900"]);
    expect(await look()).not.toBe(before);
    await clientDown(scratch.lab, "tidy");
    if (busy.exitCode === null && busy.signalCode === null) await once(busy, "exit");
    expect(await look()).toBe(before);
    await clientDown(scratch.lab, "tidy");
    await removeClient(scratch.lab, "tidy");
    await removeClient(scratch.lab, "tidy");
    expect(namespacesOf(scratch.lab.name)).not.toContain(`ww-${scratch.lab.name}-tidy`);
    const files = readdirSync(scratch.lab.dir, { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => file.includes("tidy"))).toEqual([]);
  });

  test.each([
    ["an unknown name", "vpn.elsewhere.net:51820", "vpn.elsewhere.net"],
    ["no port", "vpn.example.net", "write host:port"],
  ])("refuses an endpoint with %s before it changes anything", async (_, endpoint, said) => {
    await addClient(scratch.lab, { name: "lost", at: "wan" });
    const attempt = clientUp(scratch.lab, "lost", {
      implementation: "wireguard-go",
      config: config(clients[0] as Keys, "::/0", endpoint),
    });
    await expect(attempt).rejects.toThrow(said);
    await removeClient(scratch.lab, "lost");
  });

  test("has no tunnel left when one could not be set up", async () => {
    await addClient(scratch.lab, { name: "unlucky", at: "wan" });
    const broken = config(clients[0] as Keys, "0.0.0.0/0").replace(/PrivateKey = .*/, "PrivateKey = not-a-key");
    await expect(clientUp(scratch.lab, "unlucky", { implementation: "boringtun", config: broken })).rejects.toThrow(
      "setconf",
    );
    expect(await scratch.sh("ip link show wg0", "unlucky")).toMatchObject({ code: 1 });
    await removeClient(scratch.lab, "unlucky");
  });

  test("may be added twice, but not elsewhere, nor under a name that is taken", async () => {
    await addClient(scratch.lab, { name: "once", at: "lan" });
    await addClient(scratch.lab, { name: "once", at: "lan" });
    await expect(addClient(scratch.lab, { name: "once", at: "wan" })).rejects.toThrow("choose another name");
    await expect(addClient(scratch.lab, { name: "router", at: "wan" })).rejects.toThrow("choose another name");
    await expect(addClient(scratch.lab, { name: "$(x)", at: "wan" })).rejects.toThrow("can't name a client");
    await removeClient(scratch.lab, "once");
  });
});

test("wg-quick text is split into what wg takes and what is ours, whatever its spelling", () => {
  const text =
    "[interface]\r\nprivatekey=AAA=\r\nADDRESS = 10.0.0.2/32,fd00::2/128\r\nAddress=10.0.0.3/32\r\nMTU=1300 # small\r\nPreUp = rm -rf /\r\n[PEER]\r\nPublicKey = BBB=\r\nEndpoint = [2001:db8::1]:1\r\nAllowedIPs = ::/0\r\n\r\n[Peer]\r\nPublicKey = CCC=\r\nEndpoint = host:2\r\nALLOWEDIPS = 10.9.0.0/24 ,fd00:9::/64\r\n";
  expect(readQuick(text, () => "192.0.2.7")).toEqual({
    addresses: ["10.0.0.2/32", "fd00::2/128", "10.0.0.3/32"],
    mtu: 1300,
    allowedIps: ["::/0", "10.9.0.0/24", "fd00:9::/64"],
    setconf:
      "[Interface]\nprivatekey = AAA=\n[Peer]\nPublicKey = BBB=\nEndpoint = [2001:db8::1]:1\nAllowedIPs = ::/0\n" +
      "[Peer]\nPublicKey = CCC=\nEndpoint = 192.0.2.7:2\nALLOWEDIPS = 10.9.0.0/24 ,fd00:9::/64\n",
  });
});
