import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { RemoteResult, RemoteRun } from "../../device/ssh.ts";
import type { SshSettings } from "../../device/ssh-settings.ts";
import { type SshServer, startSshServer } from "../support/command-plugin-server.ts";

const rooted = process.getuid?.() === 0;
if (!rooted) console.warn("skipped: an sshd in a network namespace of its own needs root");

const root = join(import.meta.dirname, "../..");
const GARBAGE_PORT = 2230;
const SILENT_PORT = 2231;
const ENDLESS_PORT = 2232;

(rooted ? describe : describe.skip)("a command over SSH", () => {
  let server: SshServer;
  const listeners: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startSshServer();
    for (const [port, script] of [
      [GARBAGE_PORT, "printf 'HTTP/1.1 400 Bad \\033]0;x\\007 Request\\r\\n\\r\\n'; sleep 5"],
      [SILENT_PORT, "sleep 30"],
      [ENDLESS_PORT, "yes 'not ssh'"],
    ] as const) {
      const listen = [`TCP-LISTEN:${port},fork,reuseaddr`, `SYSTEM:${script.replace(/[:,]/g, "\\$&")}`];
      const [program = "", ...words] = [...server.enter, "socat", ...listen];
      listeners.push(spawn(program, words, { stdio: "ignore" }));
    }
  });
  afterAll(async () => {
    for (const child of listeners) {
      if (child.exitCode !== null) continue;
      child.kill();
      await once(child, "exit");
    }
    await server?.stop();
  });

  /** Calls the real function from inside the server's network namespace. */
  async function call(run: Partial<RemoteRun>, changes: Partial<SshSettings> = {}): Promise<RemoteResult> {
    const { hostKey, privateKey, port, enter } = server;
    const login = changes.agent === undefined ? { identity: privateKey } : {};
    const settings: SshSettings = { host: "127.0.0.1", port, user: "root", hostKey, ...login, ...changes };
    const whole = { command: "true", stdin: "", timeoutSeconds: 30, maxOutputBytes: 100_000, ...run };
    const [program = "", ...words] = [
      ...enter,
      join(root, "node_modules/.bin/node"),
      join(root, "tests/support/ssh-driver.ts"),
    ];
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.end(JSON.stringify({ settings, run: whole }));
    const [said, result] = await Promise.all([text(child.stderr), text(child.stdout)]);
    if (result === "") throw new Error(said);
    return JSON.parse(result);
  }

  const fault = async (...args: Parameters<typeof call>): Promise<string | undefined> => {
    const { fault: found } = await call(...args);
    // One line, one sentence, nothing that steers a terminal.
    expect(found).toMatch(/^[ -~]{20,400}$/);
    expect(found).not.toContain("PRIVATE KEY");
    return found;
  };

  test("brings back both outputs and the exit code", async () => {
    expect(await call({ command: "echo out; echo err >&2; exit 7" })).toEqual({
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 7,
    });
  });

  test("carries megabytes each way unchanged", async () => {
    const stdin = "0123456789abcde\n".repeat(200_000);
    const result = await call({ command: "cat", stdin, maxOutputBytes: 4_000_000 });
    expect(result.fault ?? result.stdout === stdin).toBe(true);
  });

  test("a command that does not read its data is no fault", async () => {
    expect(await call({ command: "exit 3", stdin: "x".repeat(3_000_000) })).toEqual({
      stdout: "",
      stderr: "",
      exitCode: 3,
    });
  });

  test("forwards neither agent nor display, and asks for no terminal", async () => {
    const result = await call({
      command: 'echo "$SSH_AUTH_SOCK<>$DISPLAY"; test -t 0 || echo no terminal',
    });
    expect(result).toEqual({ stdout: "<>\nno terminal\n", stderr: "", exitCode: 0 });
  });

  test("another host key is refused before the login", async () => {
    expect(await fault({}, { hostKey: server.otherHostKey, user: "nobody" })).toMatch(
      /shows another host key than the known one/,
    );
  });

  test("a host key that is known, but not the first of its kind, is told as that", async () => {
    const changes = { hostKey: server.otherHostKey, otherHostKeys: [server.hostKey], user: "nobody" };
    expect(await fault({}, changes)).toMatch(/shows the host key of a later line in known_hosts, .* remove the line/);
    const unknown = { ...changes, otherHostKeys: [server.otherHostKey] };
    expect(await fault({}, unknown)).toMatch(/shows another host key than the known one/);
  });

  test("a host key of a kind that the server does not have is refused", async () => {
    const hostKey = `ssh-rsa ${server.hostKey.split(" ")[1]}`;
    expect(await fault({}, { hostKey })).toMatch(/has no host key of the known kind ssh-rsa/);
  });

  test("a login that the device refuses says whose and what to do", async () => {
    expect(await fault({}, { user: "nobody" })).toMatch(/does not accept the SSH key for nobody; add the public key/);
    expect(
      await fault({}, { user: "root", identity: readFileSync(join(server.directory, "other_key"), "utf8") }),
    ).toMatch(/does not accept the SSH key for root/);
  });

  test("an agent that is not there is a login that fails", async () => {
    expect(await fault({}, { agent: join(server.directory, "no.sock") })).toMatch(/any key of the SSH agent for root/);
  });

  test("nobody there, nobody listening, and no route, are told apart", async () => {
    expect(await fault({}, { port: 1 })).toMatch(/127\.0\.0\.1 port 1 refuses connections/);
    expect(await fault({}, { port: server.blackHolePort })).toMatch(/does not answer; see whether the device is on/);
    expect(await fault({}, { host: "192.0.2.1" })).toMatch(/can't be reached: this machine has no route/);
  }, 30_000);

  test("a server that hangs up, stays silent, or speaks something else, is told apart", async () => {
    expect(await fault({}, { port: server.rudePort })).toMatch(/closed the connection before the login/);
    expect(await fault({}, { port: SILENT_PORT })).toMatch(/accepts connections but its SSH does not answer/);
    expect(await fault({}, { port: GARBAGE_PORT })).toMatch(/does not speak SSH|SSH does not answer|before the login/);
    expect(await fault({}, { port: ENDLESS_PORT })).toMatch(/does not speak SSH|SSH does not answer|before the login/);
  }, 60_000);

  test("a command that hangs is given up after its time", async () => {
    expect(await fault({ command: "sleep 60", timeoutSeconds: 2 })).toMatch(/did not end in 2 s/);
  });

  test("a command that prints without end is given up", async () => {
    expect(await fault({ command: "yes", maxOutputBytes: 1000 })).toMatch(/printed over 1000 bytes/);
  });

  test("a connection that dies while the command runs is told as that", async () => {
    expect(await fault({ command: "kill -KILL $PPID; sleep 5" })).toMatch(
      /closed the connection before the command ended/,
    );
    expect(await fault({ command: "kill -KILL $$" })).toMatch(/closed the connection before the command ended/);
  });
});
