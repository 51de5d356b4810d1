import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "../../cli/doctor-check.ts";
import { deviceChecks } from "../../cli/doctor-devices.ts";
import { labChecks } from "../../cli/doctor-lab.ts";

const SECRET = Buffer.alloc(32, 7).toString("base64");
const environment = { ...process.env };
let home: string;
let project: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "wirewright-doctor-"));
  project = join(home, "project");
  mkdirSync(join(home, ".ssh"));
  mkdirSync(project);
  delete process.env.SSH_AUTH_SOCK;
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(home, { recursive: true, force: true });
});

const write = (file: string, text: string, mode = 0o644): void => {
  writeFileSync(join(project, file), text);
  chmodSync(join(project, file), mode);
};
const stackFile = (config: Readonly<Record<string, unknown>>): void => {
  write("Pulumi.yaml", "name: wirewright\n");
  const named = Object.entries(config).map(([key, value]) => [`wirewright:${key}`, value]);
  write("Pulumi.router.yaml", JSON.stringify({ config: Object.fromEntries(named) }));
};
const states = (checks: readonly Check[]): Readonly<Record<string, string>> =>
  Object.fromEntries(checks.filter(({ name }) => name.includes(":")).map(({ name, state }) => [name, state]));

test("a project with everything in place has nothing missing in its stack", async () => {
  stackFile({ rootSecretFile: "root.secret" });
  write("root.secret", SECRET, 0o600);
  write("domain.yaml", "version: 1\n");
  writeFileSync(join(home, ".ssh/id_ed25519"), "");
  writeFileSync(join(home, ".ssh/known_hosts"), "router ssh-ed25519 AAAA\n");
  expect(states(await deviceChecks(project, home))).toEqual({
    "router: intent": "ok",
    "router: login": "ok",
    "router: host keys": "ok",
    "router: secret": "ok",
  });
});

test("an empty home and a bare stack file miss all of it, and each line says what to do", async () => {
  stackFile({});
  const checks = (await deviceChecks(project, home)).filter(({ name }) => name.startsWith("router:"));
  expect(checks.map(({ state }) => state)).toEqual(["missing", "missing", "missing", "missing"]);
  for (const { next } of checks) expect(next).toMatch(/\w/);
});

test("keys and host keys that the stack names count, and the usual ones don't count in their place", async () => {
  stackFile({ sshIdentity: "~/.ssh/router", sshKnownHosts: "hosts" });
  writeFileSync(join(home, ".ssh/id_ed25519"), "");
  writeFileSync(join(home, ".ssh/known_hosts"), "router ssh-ed25519 AAAA\n");
  expect(states(await deviceChecks(project, home))).toMatchObject({
    "router: login": "missing",
    "router: host keys": "missing",
  });
  writeFileSync(join(home, ".ssh/router"), "");
  write("hosts", "router ssh-ed25519 AAAA\n");
  expect(states(await deviceChecks(project, home))).toMatchObject({ "router: login": "ok", "router: host keys": "ok" });
});

test.each([
  ["a file that others can read", () => write("root.secret", SECRET, 0o644), { rootSecretFile: "root.secret" }],
  ["a file that is too short", () => write("root.secret", "c2hvcnQ=", 0o600), { rootSecretFile: "root.secret" }],
  ["clear text in the stack file", () => undefined, { rootSecret: SECRET }],
])("a root secret in %s is missing, and is not printed", async (_, prepare, config) => {
  stackFile(config);
  prepare();
  const checks = await deviceChecks(project, home);
  expect(states(checks)).toMatchObject({ "router: secret": "missing" });
  expect(JSON.stringify(checks)).not.toContain(SECRET);
});

test("an encrypted root secret in the stack file is enough", async () => {
  stackFile({ rootSecret: { secure: "v1:abc" } });
  expect(states(await deviceChecks(project, home))).toMatchObject({ "router: secret": "ok" });
});

test("a stack file that is no YAML, and a directory that is no project, are lines and not errors", async () => {
  write("Pulumi.router.yaml", "a: [");
  expect(await deviceChecks(project, home)).toContainEqual(
    expect.objectContaining({ name: "stacks", state: "missing" }),
  );
  write("Pulumi.yaml", "name: wirewright\n");
  expect(states(await deviceChecks(project, home))).toEqual({ "router: config": "missing" });
});

test("an old Pulumi is missing, a new one is there", async () => {
  const pulumi = async (version: string): Promise<Check | undefined> => {
    writeFileSync(join(home, "pulumi"), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    process.env.PATH = `${home}:${environment.PATH}`;
    return (await deviceChecks(project, home)).find(({ name }) => name === "pulumi");
  };
  expect(await pulumi("v3.226.9")).toMatchObject({ state: "missing", found: "v3.226.9" });
  expect(await pulumi("v3.227.0")).toEqual({ name: "pulumi", state: "ok", found: "v3.227.0" });
});

test("an empty tool cache is what is missing for the lab", async () => {
  process.env.WIREWRIGHT_CACHE = join(home, "cache");
  process.env.PATH = "/usr/bin:/bin";
  const missing = (await labChecks()).filter(({ state }) => state === "missing").map(({ name }) => name);
  expect(missing).toEqual(expect.arrayContaining(["command plugin", "language host"]));
});
