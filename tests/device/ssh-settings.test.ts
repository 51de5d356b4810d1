import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SshConfig, sshSettings } from "../../device/ssh-settings.ts";

const config: SshConfig = { sshUser: "root", sshPort: 22, sshIdentity: "", sshKnownHosts: "" };
const host = "192.168.1.1";
let home: string;
let hostKey: string;
let agent: Server | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "wirewright-home-"));
  mkdirSync(join(home, ".ssh"), { mode: 0o700 });
  hostKey = newKey("host_key");
  writeFileSync(join(home, ".ssh/known_hosts"), `${host} ${hostKey}\n`);
});
afterEach(() => {
  agent?.close();
  agent = undefined;
  rmSync(home, { recursive: true });
});

/** Makes a key pair under ~/.ssh and returns its public line. */
function newKey(name: string, passphrase = "", kind = "ed25519"): string {
  const file = join(home, ".ssh", name);
  execFileSync("ssh-keygen", ["-q", "-t", kind, "-N", passphrase, "-C", "", "-f", file]);
  return readFileSync(`${file}.pub`, "utf8").trim();
}

const privateText = (name: string): string => readFileSync(join(home, ".ssh", name), "utf8");

function settings(changes: Partial<SshConfig> = {}, agentSocket?: string) {
  const environment = {
    directory: home,
    home,
    systemKnownHosts: join(home, "system_known_hosts"),
    ...(agentSocket && { agentSocket }),
  };
  return sshSettings({ ...config, ...changes }, host, environment);
}

/** An agent that answers with this many keys, in two parts; or one that stays silent. */
async function startAgent(keys: number | "silent"): Promise<string> {
  const path = join(home, "agent.sock");
  agent = createServer((socket) => {
    socket.on("error", () => undefined);
    if (keys === "silent") return;
    socket.once("data", () => {
      socket.write(Buffer.from([0, 0, 0, 5, 12]));
      setTimeout(() => socket.write(Buffer.from([0, 0, 0, keys])), 20);
    });
  });
  await new Promise<void>((done) => agent?.listen(path, done));
  return path;
}

test("without agent the first of the usual identity files is used, with the host's key", async () => {
  newKey("id_rsa", "", "rsa");
  newKey("id_ecdsa", "", "ecdsa");
  const base = { host, port: 22, user: "root", hostKey };
  expect(await settings()).toEqual({ ...base, identity: privateText("id_ecdsa") });
  newKey("id_ed25519");
  expect(await settings()).toEqual({ ...base, identity: privateText("id_ed25519") });
});

test("an agent that holds keys comes before files, and explicit settings before both", async () => {
  newKey("id_ed25519");
  newKey("mine");
  const socket = await startAgent(2);
  expect(await settings({}, socket)).toEqual({ host, port: 22, user: "root", hostKey, agent: socket });
  const asked = { sshIdentity: "~/.ssh/mine", sshUser: "admin" };
  expect(await settings(asked, socket)).toMatchObject({ user: "admin", identity: privateText("mine") });
});

test("an agent that can't be reached is refused, also where a key file would do: Pulumi's plugin dials it all the same", async () => {
  newKey("id_ed25519");
  writeFileSync(join(home, "file"), "");
  for (const name of ["nothing.sock", "file"]) {
    const path = join(home, name);
    const fault = `SSH_AUTH_SOCK names ${path}, where nobody answers; unset it, or start the agent`;
    for (const asked of [{}, { sshIdentity: "~/.ssh/id_ed25519" }]) {
      const error: unknown = await settings(asked, path).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ message: fault });
      expect(error).not.toHaveProperty("exitCode");
    }
  }
});

test("a silent or empty agent is passed over", async () => {
  newKey("id_ed25519");
  const identity = privateText("id_ed25519");
  for (const keys of ["silent", 0] as const) {
    const socket = await startAgent(keys);
    const found = await settings({}, socket);
    expect(found).toMatchObject({ identity });
    expect(found).not.toHaveProperty("agent");
    agent?.close();
    rmSync(socket, { force: true });
  }
}, 20_000);

test("an encrypted identity needs an agent, and is named when there is none", async () => {
  newKey("id_ed25519", "secret passphrase");
  await expect(settings()).rejects.toThrow(/id_ed25519 is encrypted and no agent holds it; run ssh-add .*id_ed25519$/);
  const asked = { sshIdentity: join(home, ".ssh/id_ed25519") };
  await expect(settings(asked)).rejects.toThrow(/is encrypted and no agent holds it/);
  const socket = await startAgent(1);
  expect(await settings(asked, socket)).toMatchObject({ agent: socket });
});

test("an identity that is missing, open to others, or no key, is refused with the next step, and never quoted", async () => {
  await expect(settings()).rejects.toThrow(/no SSH key: .*ssh-keygen -t ed25519/);
  await expect(settings({ sshIdentity: "~/.ssh/absent" })).rejects.toThrow(
    /there is no SSH key .*absent; correct wirewright:sshIdentity/,
  );
  newKey("id_ed25519");
  chmodSync(join(home, ".ssh/id_ed25519"), 0o640);
  await expect(settings()).rejects.toThrow(/mode 640, open to others; close it with chmod 600/);
  for (const text of [
    "",
    "SECRET-GARBAGE",
    hostKey,
    "-----BEGIN OPENSSH PRIVATE KEY-----\nQUJD\n-----END OPENSSH PRIVATE KEY-----\n",
  ]) {
    const file = join(home, "odd");
    writeFileSync(file, text, { mode: 0o600 });
    const error: unknown = await settings({ sshIdentity: file }).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/no private SSH key of a kind that is known here/);
    expect(String(error)).not.toMatch(/SECRET|QUJD/);
  }
});

test("an unknown host key is refused with how to learn it, for the port too", async () => {
  newKey("id_ed25519");
  writeFileSync(join(home, ".ssh/known_hosts"), "");
  await expect(settings()).rejects.toThrow(
    /run ssh-keyscan -t ed25519 192\.168\.1\.1, compare .* append it to .*known_hosts$/,
  );
  await expect(settings({ sshPort: 2222 })).rejects.toThrow(/ssh-keyscan -t ed25519 -p 2222 192\.168\.1\.1/);
});

test("a host of which only an RSA key is known is as unknown, for the plugin asks for SHA-1 then", async () => {
  newKey("id_ed25519");
  writeFileSync(join(home, ".ssh/known_hosts"), `${host} ${newKey("rsa_key", "", "rsa")}\n`);
  await expect(settings()).rejects.toThrow(/is not known in .*known_hosts; run ssh-keyscan -t ed25519 192\.168\.1\.1,/);
});

test("a revoked host key is refused", async () => {
  newKey("id_ed25519");
  writeFileSync(join(home, ".ssh/known_hosts"), `${host} ${hostKey}\n@revoked * ${hostKey}\n`);
  await expect(settings()).rejects.toThrow(/marked @revoked/);
});

test("the first line of the best kind counts, and further keys of that kind are kept apart, once each", async () => {
  newKey("id_ed25519");
  const [other, ecdsa] = [newKey("other_key"), newKey("ecdsa_key", "", "ecdsa")];
  const lines = [ecdsa, hostKey, other, hostKey, other].map((key) => `${host} ${key}\n`);
  writeFileSync(join(home, ".ssh/known_hosts"), lines.join(""));
  expect(await settings()).toMatchObject({ hostKey, otherHostKeys: [other] });
  writeFileSync(join(home, ".ssh/known_hosts"), `${host} ${hostKey}\n${host} ${ecdsa}\n`);
  expect(await settings()).not.toHaveProperty("otherHostKeys");
});

test("known hosts of the machine count, and a file that the stack names replaces both", async () => {
  newKey("id_ed25519");
  const other = newKey("other_key");
  writeFileSync(join(home, ".ssh/known_hosts"), "");
  writeFileSync(join(home, "system_known_hosts"), `${host} ${hostKey}\n`);
  expect((await settings()).hostKey).toBe(hostKey);
  writeFileSync(join(home, "pinned"), `${host} ${other}\n`);
  expect((await settings({ sshKnownHosts: "~/pinned" })).hostKey).toBe(other);
  await expect(settings({ sshKnownHosts: "~/absent" })).rejects.toThrow(
    /there is no file .*absent; correct wirewright:sshKnownHosts/,
  );
});

test("a file that is there but can't be read is named, with the reason and the next step", async () => {
  newKey("id_ed25519");
  symlinkSync("circle", join(home, "circle"));
  const next = "see with ls -l whether it is a file that you may read";
  for (const [setting, path, fault] of [
    ["sshIdentity", "circle", `the SSH key ${join(home, "circle")} can't be read (ELOOP)`],
    ["sshKnownHosts", ".ssh", `${join(home, ".ssh")} can't be read (EISDIR)`],
  ] as const) {
    await expect(settings({ [setting]: path })).rejects.toMatchObject({ exitCode: 2, message: `${fault}; ${next}` });
  }
  mkdirSync(join(home, "system_known_hosts"));
  const error: unknown = await settings().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: `${join(home, "system_known_hosts")} can't be read (EISDIR); ${next}` });
  expect(error).not.toHaveProperty("exitCode");
  rmSync(join(home, "system_known_hosts"), { recursive: true });
  symlinkSync("id_ecdsa", join(home, ".ssh/id_ecdsa"));
  expect(await settings()).toMatchObject({ identity: privateText("id_ed25519") });
  rmSync(join(home, ".ssh/id_ed25519"));
  await expect(settings()).rejects.toThrow(`${join(home, ".ssh/id_ecdsa")} can't be read (ELOOP); ${next}`);
});

test("a path in the settings that leads to nothing of use is bad input; what the machine lacks or a device refuses is not", async () => {
  newKey("id_ed25519");
  writeFileSync(join(home, "odd"), "no key", { mode: 0o600 });
  symlinkSync("circle", join(home, "circle"));
  newKey("open");
  chmodSync(join(home, ".ssh/open"), 0o644);
  for (const wrong of [
    { sshKnownHosts: "nope" },
    { sshKnownHosts: ".ssh" },
    { sshKnownHosts: "circle" },
    { sshIdentity: "nope" },
    { sshIdentity: ".ssh" },
    { sshIdentity: "odd" },
    { sshIdentity: ".ssh/open" },
  ]) {
    await expect(settings(wrong)).rejects.toMatchObject({ exitCode: 2 });
  }
  newKey("locked", "secret passphrase");
  for (const other of [{ sshIdentity: ".ssh/locked" }, { sshPort: 2222 }]) {
    const error: unknown = await settings(other).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty("exitCode");
  }
  rmSync(join(home, ".ssh/id_ed25519"));
  await expect(settings()).rejects.not.toHaveProperty("exitCode");
});
