import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "../../cli/doctor/check.ts";
import { deviceChecks as checksIn } from "../../cli/doctor/devices.ts";
import { labChecks } from "../../cli/doctor/lab.ts";
import { HOME } from "../support/cli.ts";

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

const deviceChecks = () => checksIn({ directory: project, home, systemKnownHosts: join(home, "system_known_hosts") });
/** Makes a key pair under ~/.ssh and returns its public line. */
const newKey = (name: string, passphrase = ""): string => {
  const file = join(home, ".ssh", name);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", file]);
  return readFileSync(`${file}.pub`, "utf8").trim();
};
const know = (host: string, file = ".ssh/known_hosts"): void =>
  writeFileSync(join(home, file), `${host} ${newKey(`host-${host}`)}\n`);
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
  stackFile({ server: "router", rootSecretFile: "root.secret" });
  write("root.secret", SECRET, 0o600);
  write("domain.yaml", HOME);
  newKey("id_ed25519");
  know("192.168.1.1");
  expect(states(await deviceChecks())).toEqual({
    "router: intent": "ok",
    "router: settings": "ok",
    "router: ssh": "ok",
    "router: secret": "ok",
  });
});

test("an empty home and a bare stack file miss all of it, and each line says what to do", async () => {
  stackFile({});
  const checks = (await deviceChecks()).filter(({ name }) => name.startsWith("router:"));
  expect(checks.map(({ state }) => state)).toEqual(Array(4).fill("missing"));
  for (const { next } of checks) expect(next).toMatch(/\w/);
});

const found = async (name: string): Promise<readonly Check[]> =>
  (await deviceChecks()).filter((check) => check.name === name);

test("a broken intent file is not ok, and the line says how to see why", async () => {
  stackFile({ server: "router" });
  const file = join(project, "domain.yaml");
  write("domain.yaml", HOME.replace("51820", "0").replace("profile: lab", "profile: lob"));
  expect(await found("router: intent")).toEqual([
    {
      name: "router: intent",
      state: "missing",
      found: `${file} has 2 problems`,
      next: `run wirewright check ${file}`,
    },
  ]);
  write("domain.yaml", HOME);
  write("domain.lock.yaml", "x\n");
  expect(await found("router: intent")).toMatchObject([{ state: "missing", found: `${file} has 2 problems` }]);
});

test("settings that can't be used, or that the intent file knows nothing of, are lines of their own", async () => {
  write("domain.yaml", HOME);
  stackFile({ server: "router", mtu: 1, sshPort: 0 });
  expect(await found("router: settings")).toEqual([
    {
      name: "router: settings",
      state: "missing",
      found: "wirewright:mtu 1 can't be used",
      next: "write a whole number from 1280 to 9000",
    },
    expect.objectContaining({ state: "missing", found: "wirewright:sshPort 0 can't be used" }),
  ]);
  stackFile({ server: "roter" });
  expect(await found("router: settings")).toMatchObject([
    { state: "missing", found: "wirewright:server roter is not in the intent file", next: "there are nas, router" },
  ]);
});

test("the node that counts is the one pulumi will find, not the one among the packages", async () => {
  const node = async (version: string): Promise<Check | undefined> => {
    const places = ["node_modules/.bin", "bin"].map((place) => join(home, place));
    for (const [i, place] of places.entries()) {
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, "node"), `#!/bin/sh\necho ${i === 0 ? "v24.0.0" : version}\n`, { mode: 0o755 });
    }
    process.env.PATH = `${places.join(":")}:/usr/bin:/bin`;
    return (await found("node"))[0];
  };
  expect(await node("v20.20.2")).toEqual({
    name: "node",
    state: "missing",
    found: `v20.20.2 (${join(home, "bin/node")})`,
    next: "install Node 22.18 or later: pulumi runs the node on your PATH, and older ones don't read TypeScript",
  });
  expect(await node("v22.17.9")).toMatchObject({ state: "missing" });
  expect(await node("v22.18.0")).toEqual({ name: "node", state: "ok", found: "v22.18.0" });
  for (const version of ["v23.0.0", "v23.5.1"]) {
    expect(await node(version)).toMatchObject({
      state: "missing",
      next: expect.stringMatching(/^install Node 23\.6 or/),
    });
  }
  for (const version of ["v23.6.0", "v24.0.0"]) expect(await node(version)).toMatchObject({ state: "ok" });
  process.env.PATH = join(home, "node_modules/.bin");
  expect(await found("node")).toMatchObject([{ state: "missing", found: "not on PATH" }]);
});

test("SSH is ok where the device would be dialled, and missing in the very words of who would not", async () => {
  write("domain.yaml", HOME);
  stackFile({ server: "router", sshIdentity: "~/.ssh/enc" });
  newKey("enc", "a passphrase");
  know("192.168.1.77");
  expect(await found("router: ssh")).toMatchObject([
    {
      state: "missing",
      found: `the host key of 192.168.1.1 port 22 is not known in ${join(home, ".ssh/known_hosts")}`,
      next: expect.stringMatching(/^run ssh-keyscan /),
    },
  ]);
  know("192.168.1.1", "system_known_hosts");
  expect(await found("router: ssh")).toMatchObject([
    { state: "missing", next: `run ssh-add ${join(home, ".ssh/enc")}`, found: expect.stringContaining("is encrypted") },
  ]);
  stackFile({ server: "router" });
  newKey("id_ed25519");
  expect(await found("router: ssh")).toEqual([
    { name: "router: ssh", state: "ok", found: "root@192.168.1.1 port 22, host key known, with a key file" },
  ]);
});

test("while the intent does not compile, SSH is not judged, and the line says why", async () => {
  write("domain.yaml", HOME.replace("51820", "0"));
  stackFile({ server: "router", rootSecret: { secure: "v1:abc" } });
  newKey("id_ed25519");
  know("192.168.1.1");
  expect(await found("router: ssh")).toEqual([
    {
      name: "router: ssh",
      state: "missing",
      found: "can't be judged before intent and settings are in order",
      next: "put them in order first",
    },
  ]);
});

test("a stack whose name has a dot counts, as it does for every other verb", async () => {
  write("Pulumi.yaml", "name: wirewright\n");
  write("Pulumi.prod.eu.yaml", "config:\n  wirewright:server: router\n");
  expect(Object.keys(states(await deviceChecks()))).toContain("prod.eu: ssh");
});

test.each([
  ["a file that others can read", () => write("root.secret", SECRET, 0o644), { rootSecretFile: "root.secret" }],
  ["a file that is too short", () => write("root.secret", "c2hvcnQ=", 0o600), { rootSecretFile: "root.secret" }],
  ["clear text in the stack file", () => undefined, { rootSecret: SECRET }],
])("a root secret in %s is missing, and is not printed", async (_, prepare, config) => {
  stackFile(config);
  prepare();
  const checks = await deviceChecks();
  expect(states(checks)).toMatchObject({ "router: secret": "missing" });
  expect(JSON.stringify(checks)).not.toContain(SECRET);
});

test("for a root secret in clear a new one is asked for, since the old one is known", async () => {
  stackFile({ rootSecret: SECRET });
  expect(await found("router: secret")).toMatchObject([
    {
      found: "it stands in the settings in clear",
      next: "make a new one and store it with: pulumi config set --secret wirewright:rootSecret --stack router",
    },
  ]);
});

test("an encrypted root secret in the stack file is enough", async () => {
  stackFile({ rootSecret: { secure: "v1:abc" } });
  expect(states(await deviceChecks())).toMatchObject({ "router: secret": "ok" });
});

test("a stack file that is no YAML, and a directory that is no project, are lines and not errors", async () => {
  write("Pulumi.router.yaml", "a: [");
  expect(await deviceChecks()).toContainEqual(expect.objectContaining({ name: "stacks", state: "missing" }));
  write("Pulumi.yaml", "name: wirewright\n");
  expect(states(await deviceChecks())).toEqual({ "router: config": "missing" });
});

test("an old Pulumi is missing, a new one is there", async () => {
  const pulumi = async (version: string): Promise<Check | undefined> => {
    writeFileSync(join(home, "pulumi"), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    process.env.PATH = `${home}:${environment.PATH}`;
    return (await deviceChecks()).find(({ name }) => name === "pulumi");
  };
  expect(await pulumi("v3.226.9")).toMatchObject({ state: "missing", found: "v3.226.9" });
  expect(await pulumi("v3.227.0")).toEqual({ name: "pulumi", state: "ok", found: "v3.227.0" });
});

test("a Go that is too old for the lab is missing", async () => {
  const go = async (version: string): Promise<Check | undefined> => {
    writeFileSync(join(home, "go"), `#!/bin/sh\necho go version go${version} linux/amd64\n`, { mode: 0o755 });
    process.env.PATH = `${home}:/usr/bin:/bin`;
    return (await labChecks()).find(({ name }) => name === "go");
  };
  expect(await go("1.20.14")).toMatchObject({ state: "missing", found: "go version go1.20.14 linux/amd64" });
  expect(await go("1.21")).toMatchObject({ state: "ok" });
});

const onDebian = existsSync("/etc/debian_version") ? test : test.skip;

onDebian("the Debian packages that set-up would install are missing for the lab", async () => {
  const packages = async (dpkgQuery: string): Promise<Check | undefined> => {
    writeFileSync(join(home, "dpkg-query"), `#!/bin/sh\n${dpkgQuery}\n`, { mode: 0o755 });
    // Children see the environment that Jest was started with.
    writeFileSync(join(home, "sh"), `#!/bin/sh\nPATH=${home}:$PATH; exec /bin/sh "$@"\n`, { mode: 0o755 });
    process.env.PATH = `${home}:/usr/bin:/bin`;
    return (await labChecks()).find(({ name }) => name === "Debian packages");
  };
  expect(await packages("exit 1")).toMatchObject({
    state: "missing",
    found: expect.stringMatching(/^absent: wireguard-tools nftables .*iperf3 fping /),
    next: expect.stringContaining("run.sh setup"),
  });
  const all = `shift 2; printf 'ii %s ' "$@"`;
  expect(await packages(all)).toEqual({ name: "Debian packages", state: "ok", found: "installed" });
});

test("an empty tool cache is what is missing for the lab", async () => {
  process.env.WIREWRIGHT_CACHE = join(home, "cache");
  process.env.PATH = "/usr/bin:/bin";
  const missing = (await labChecks()).filter(({ state }) => state === "missing").map(({ name }) => name);
  expect(missing).toEqual(expect.arrayContaining(["command plugin", "language host"]));
});
