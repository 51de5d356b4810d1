import { readFileSync } from "node:fs";
import { join } from "node:path";
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import { load } from "../../core/domain/load.ts";
import { auditServer } from "../../core/live/audit.ts";
import { compile } from "../../core/plan/compile.ts";
import { keyRing } from "../../core/plan/keys.ts";
import { emptyLock } from "../../core/plan/lock-file.ts";
import { parseStackConfig } from "../../core/plan/stack.ts";
import { describeProfiles } from "../../core/render/describe.ts";

interface Seen {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const keys = keyRing(new Uint8Array(32).map((_, i) => i + 1));
const salt = "0".repeat(32);

const EXAMPLE = readFileSync(join(import.meta.dirname, "../../domain.example.yaml"), "utf8");

/** Builds a server of the example under mocks; what the engine was asked to register, by name. */
async function build(server: string, mode: "preview" | "up", intent = EXAMPLE): Promise<Map<string, Seen>> {
  const seen: Seen[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        seen.push({ type, name, inputs });
        return { id: name, state: inputs };
      },
      call: ({ inputs }) => inputs,
    },
    "wirewright",
    server,
    mode === "preview",
  );
  const { Server } = await import("../../components/server.ts");
  const domain = load(intent).domain;
  const { config } = parseStackConfig({ server, implementation: "wireguard-go" });
  if (domain === undefined || config === undefined) throw new Error("the example does not load");
  const plan = compile(domain, emptyLock).plans.find((one) => one.server === server);
  if (plan === undefined) throw new Error(`no ${server}`);
  const interfaces = auditServer({ stack: server, plan, keys, config, device: undefined, salt });
  const built = new Server(server, {
    server,
    connection: { host: "192.0.2.1", port: 22, user: "root", hostKey: "ssh-ed25519 AAAA", identity: "PRIVATE-SSH-KEY" },
    helper: { text: "helper", sha256: "a".repeat(64) },
    identity: "1".repeat(16),
    revision: "2".repeat(16),
    drift: {},
    profiles: describeProfiles(plan),
    interfaces: interfaces.map((wg, place) => ({
      ...wg,
      follows: undefined,
      place,
      publicKey: keys.publicKey(wg.plan.key),
      drift: { mtu: { want: "1420", have: "1337" } },
    })),
  });
  await new Promise((done) => built.urn.apply(done));
  await pulumi.runtime.disconnect();
  expect(new Set(seen.map(({ type, name }) => `${type} ${name}`)).size).toBe(seen.length);
  return new Map(seen.map((one) => [one.name, one]));
}

test("one base per server; an apply and a confirm per interface; profiles and bindings own no command", async () => {
  const seen = await build("router", "up");
  const commands = [...seen.values()].filter(({ type }) => type === "command:remote:Command").map(({ name }) => name);
  expect(commands.sort()).toEqual([
    "router-base@192.0.2.1",
    "router-wg0-apply@192.0.2.1",
    "router-wg0-confirm@192.0.2.1",
  ]);
  expect(seen.get("router-wg0-binding.admin")?.inputs).toMatchObject({ clients: { laptop: expect.any(String) } });
  expect(seen.get("router-profile-media")?.inputs).toEqual({ reach: ["lan icmp tcp/443 tcp/8096"] });
});

test("no two resources have one name, whatever interfaces and profiles are called", async () => {
  const seen = await build(
    "r",
    "up",
    `version: 1
servers:
  r:
    address: 192.168.1.1
    interfaces:
      a: { port: 51820, network: [10.1.0.0/24] }
      a-binding-b: { port: 51821, network: [10.2.0.0/24] }
profiles:
  b-binding-c: { reach: [self] }
  c: { reach: [self] }
bindings:
  - { profile: b-binding-c, interface: r/a, clients: { one: {} } }
  - { profile: c, interface: r/a-binding-b, clients: { two: {} } }
`,
  );
  const bindings = [...seen.values()].filter(({ type }) => type === "wg:index:Binding").map(({ name }) => name);
  expect(bindings.sort()).toEqual(["r-a-binding-b-binding.c", "r-a-binding.b-binding-c"]);
});

test("every command is quiet, short, pinned to a host key, and gets its data as a secret on stdin", async () => {
  const seen = await build("nas", "up");
  const commands = [...seen.values()].filter(({ type }) => type === "command:remote:Command");
  expect(commands).toHaveLength(31);
  for (const { name, inputs } of commands) {
    // Only a confirmation is run anew with what it confirms; nothing else is ever replaced by the program.
    const applied = name.replace("-confirm@", "-apply@");
    expect(inputs.triggers).toEqual(applied === name ? undefined : [applied]);
    expect(inputs).toMatchObject({ logging: "none", addPreviousOutputInEnv: false });
    expect(inputs.environment).toBeUndefined();
    expect(inputs.update).toBeUndefined();
    expect(String(inputs.create).length).toBeLessThan(1000);
    expect(pulumi.runtime.isRpcSecret(inputs.stdin)).toBe(true);
    expect(JSON.stringify(inputs.connection)).toContain("ssh-ed25519 AAAA");
  }
});

test("no component holds a secret", async () => {
  const seen = await build("router", "preview");
  const components = [...seen.values()].filter(({ type }) => type.startsWith("wg:index:"));
  const text = JSON.stringify(components.map(({ inputs }) => inputs));
  expect(text).not.toContain("PRIVATE-SSH-KEY");
  expect(text).not.toContain(keys.privateKey({ path: "router/wg0", epoch: 1 }));
  expect(text).not.toContain(keys.presharedKey({ path: "router/wg0/laptop", epoch: 1 }));
});

test("drift is shown by a preview and never stored by an up", async () => {
  const inputs = async (mode: "preview" | "up") => (await build("router", mode)).get("router-wg0")?.inputs;
  expect(await inputs("preview")).toMatchObject({ drift: { mtu: { want: "1420", have: "1337" } } });
  expect(await inputs("up")).not.toHaveProperty("drift");
});

/** Where in the code, and which request: never the same. */
const UNLIKE = { requestid: "", sourceposition: undefined, stacktrace: undefined };
type Monitor = NonNullable<ReturnType<typeof getMonitor>>;

test("a command registers what the class of @pulumi/command would", async () => {
  await pulumi.runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) });
  const register = jest.spyOn(getMonitor() as Monitor, "registerResource");
  const { Command } = await import("../../components/command.ts");
  const connection = { host: "192.0.2.1", port: 22, user: "root", hostKey: "k", dialErrorLimit: 6, perDialTimeout: 10 };
  const args = { connection, create: "true", delete: "true", stdin: pulumi.secret("text"), triggers: ["1"] };
  const more = { logging: "none" as const, addPreviousOutputInEnv: false };
  const options = () => ({ additionalSecretOutputs: ["stdout", "stderr"], hideDiffs: ["connection"] });
  for (const kind of [Command, remote.Command]) {
    const built = new kind("one", { ...args, ...more }, options());
    await new Promise((done) => built.urn.apply(done));
  }
  await pulumi.runtime.disconnect();
  const registered = register.mock.calls.map(([request]) => ({ ...request.toObject(), ...UNLIKE }));
  expect(registered).toHaveLength(2);
  expect(registered[0]).toMatchObject({ type: "command:remote:Command", version: expect.stringMatching(/^1\./) });
  expect(registered[0]).toEqual(registered[1]);
});
