import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../../../core/plan/compile.ts";
import { keyRing } from "../../../core/plan/keys.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import type { Execution } from "../../../core/plan/types.ts";
import { renderClient } from "../../../core/render/client.ts";
import { address, type ClientSketch, domainOf, type Sketch } from "../../support/domain.ts";

const keys = keyRing(new TextEncoder().encode("a root secret for tests of client files"));
const execution: Execution = {
  implementation: "kernel",
  mtu: 1420,
  keepaliveSeconds: 25,
  presharedKeys: "on",
  clientDns: [address("192.168.1.1"), address("fd00:1::1")],
  confirmSeconds: 90,
};

const HOUSE: Sketch = {
  servers: { router: { address: "192.168.1.1", endpoint: "vpn.example.net", interfaces: { wg0: ["10.66.0.0/24"] } } },
  subnets: { lan: ["192.168.1.0/24"], "branch-lan": ["192.168.50.0/24"] },
  profiles: { admin: ["internet", "lan"], media: ["lan tcp/443"], resolver: ["lan udp/53"] },
};

function configOf(
  profile: string,
  client: ClientSketch = {},
  how: Execution = execution,
  sketch: Sketch = HOUSE,
): string {
  const bindings = { [`${profile} router/wg0`]: { laptop: client } };
  const [plan] = compile(domainOf({ ...sketch, bindings }), emptyLock).plans;
  const [wg] = plan?.interfaces ?? [];
  const [peer] = wg?.peers ?? [];
  if (plan === undefined || wg === undefined || peer === undefined) throw new Error("no client");
  return renderClient({ plan, interface: wg, peer, keys, execution: how });
}

test("the keys are the client's own private key and the server's public one", () => {
  const text = configOf("admin", { epoch: 4 });
  expect(text).toContain(`PrivateKey = ${keys.privateKey({ path: "router/wg0/laptop", epoch: 4 })}\n`);
  expect(text).toContain(`PublicKey = ${keys.publicKey({ path: "router/wg0", epoch: 1 })}\n`);
  expect(text).toContain(`PresharedKey = ${keys.presharedKey({ path: "router/wg0/laptop", epoch: 1 })}\n`);
  expect(text).not.toContain(keys.privateKey({ path: "router/wg0", epoch: 1 }));
});

test("a client that brought its own key gets a placeholder, and no private key at all", () => {
  const publicKey = keys.publicKey({ path: "somebody/elses/key", epoch: 1 });
  const text = configOf("admin", { publicKey });
  expect(text).toContain("PrivateKey = <put your own private key here>\n");
  expect(text).toContain(publicKey);
  expect(text).not.toContain(keys.privateKey({ path: "router/wg0/laptop", epoch: 1 }));
});

test("a name server is named when the profile lets the client ask it, and otherwise the file says why not", () => {
  expect(configOf("resolver")).toContain("DNS = 192.168.1.1\n");
  expect(configOf("media")).not.toContain("DNS");
  expect(configOf("media")).toContain(
    "# Its profile does not open udp/53 of the name server 192.168.1.1, fd00:1::1.\n",
  );
});

test("a name server behind the client itself is at home, and needs no profile to open it", () => {
  const own = { ...execution, clientDns: [address("192.168.50.1"), address("192.168.1.1")] };
  const text = configOf("media", { subnets: ["branch-lan"] }, own);
  expect(text).toContain("DNS = 192.168.50.1\n");
  expect(text).toContain("# Its profile does not open udp/53 of the name server 192.168.1.1.\n");
});

test("an address as endpoint is written as wg-quick reads it, in either family", () => {
  const dialled = (endpoint: string): Sketch => ({
    ...HOUSE,
    servers: { router: { address: "192.168.1.1", endpoint, interfaces: { wg0: ["10.66.0.0/24"] } } },
  });
  expect(configOf("media", {}, execution, dialled("203.0.114.7"))).toContain("Endpoint = 203.0.114.7:51820\n");
  expect(configOf("media", {}, execution, dialled("2001:db9::7"))).toContain("Endpoint = [2001:db9::7]:51820\n");
});

test("the first line names what the client reaches, in the families of its tunnel", () => {
  const subnets = { ...HOUSE.subnets, v6pub: ["2001:4860::/32"] };
  const sketch = { ...HOUSE, subnets, profiles: { all: ["lan", "v6pub"], none: ["v6pub"] } };
  expect(configOf("all", {}, execution, sketch)).toMatch(/^# router\/wg0\/laptop: profile all, reaches lan\n/);
  expect(configOf("none", {}, execution, sketch)).toMatch(/^# router\/wg0\/laptop: profile none, reaches nothing\n/);
});

test("what is behind the client itself is not what it reaches", () => {
  const profiles = { both: ["lan", "branch-lan"], wide: ["around"], own: ["branch-lan"] };
  const sketch = { ...HOUSE, profiles, subnets: { ...HOUSE.subnets, around: ["192.168.48.0/20"] } };
  const firstLine = (profile: string) =>
    configOf(profile, { subnets: ["branch-lan"] }, execution, sketch).split("\n")[0];
  expect(firstLine("both")).toBe("# router/wg0/laptop: profile both, reaches lan");
  expect(firstLine("wide")).toBe("# router/wg0/laptop: profile wide, reaches around");
  expect(firstLine("own")).toBe("# router/wg0/laptop: profile own, reaches nothing");
});

test("settings that are off leave no line", () => {
  const text = configOf("admin", {}, { ...execution, keepaliveSeconds: 0, presharedKeys: "off", clientDns: [] });
  expect(text).not.toMatch(/PersistentKeepalive|PresharedKey|DNS/);
});

const strip = (file: string) => spawnSync("wg-quick", ["strip", file], { encoding: "utf8" });
const unable = strip("/nonexistent.conf").error === undefined ? "" : " (skipped: no wg-quick)";
const withTools = unable === "" ? test : test.skip;

withTools(`wg-quick reads the file${unable}`, () => {
  const directory = mkdtempSync(join(tmpdir(), "client-"));
  try {
    const file = join(directory, "wg0.conf");
    writeFileSync(file, configOf("admin", { subnets: ["branch-lan"] }), { mode: 0o600 });
    const { status, stdout } = strip(file);
    expect(status).toBe(0);
    expect(stdout).toContain("AllowedIPs = 0.0.0.0/0, ::/0");
    expect(stdout).not.toMatch(/Address|DNS|MTU/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
