import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real sshd of the test's own, alone in a network namespace where nothing but it and loopback is. */
export interface SshServer {
  readonly directory: string;
  readonly port: number;
  /** Nobody answers there: packets to it are dropped. */
  readonly blackHolePort: number;
  /** Accepts, hangs up at once, and writes one line to `dials.log` in the directory for each. */
  readonly rudePort: number;
  readonly hostKey: string;
  readonly otherHostKey: string;
  readonly privateKey: string;
  /** Put before a command: runs it in the server's network namespace. */
  readonly enter: readonly string[];
  readonly stop: () => Promise<void>;
}

const PORT = 2222;
const BLACK_HOLE_PORT = 2223;
const RUDE_PORT = 2224;
const START_TRIES = 100;

// In its own mount namespace sshd finds an empty /run for itself and a root account that isn't locked, and whose shell reads
// no file of this machine: bash under sshd would read .bashrc, and what is killed there may leave locks behind.
const INIT = `set -eu
cd "$1"
mount -t tmpfs tmpfs /run && mkdir /run/sshd
printf 'root:*:19000:0:99999:7:::\\nsshd:!:19000::::::\\n' >shadow && mount --bind shadow /etc/shadow
sed 's|^root:.*|root:x:0:0:root:/:/bin/sh|' /etc/passwd >passwd && mount --bind passwd /etc/passwd
ip link set lo up
nft add table inet test
nft add chain inet test input '{ type filter hook input priority 0; }'
nft add rule inet test input tcp dport ${BLACK_HOLE_PORT} drop
socat TCP-LISTEN:${RUDE_PORT},fork,reuseaddr SYSTEM:'echo dial >>dials.log' &
exec /usr/sbin/sshd -D -e -f "$1/sshd_config"`;

const config = (directory: string): string => `Port ${PORT}
ListenAddress 127.0.0.1
HostKey ${directory}/host_key
AuthorizedKeysFile ${directory}/user_key.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
UsePAM no
PrintMotd no
PrintLastLog no
PidFile none
`;

/** Starts it and waits until it answers. Its processes and namespaces end with `stop`, or else with this process. */
export async function startSshServer(): Promise<SshServer> {
  const directory = mkdtempSync(join(tmpdir(), "wirewright-ssh-"));
  for (const name of ["host_key", "other_key", "user_key"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(directory, name)]);
  }
  writeFileSync(join(directory, "sshd_config"), config(directory));
  const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "unshare", ...namespaces, "sh", "-c", INIT, "sh", directory], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(directory, { recursive: true, force: true });
  };
  if (!(await answers(child, said))) {
    await stop();
    throw new Error(`sshd did not start: ${said.join("")}`);
  }
  const read = (name: string): string => readFileSync(join(directory, name), "utf8").trim();
  return {
    directory,
    port: PORT,
    blackHolePort: BLACK_HOLE_PORT,
    rudePort: RUDE_PORT,
    hostKey: read("host_key.pub"),
    otherHostKey: read("other_key.pub"),
    privateKey: `${read("user_key")}\n`,
    enter: ["nsenter", `--net=/proc/${child.pid}/ns/net`],
    stop,
  };
}

async function answers(child: ChildProcess, said: readonly string[]): Promise<boolean> {
  for (let i = 0; i < START_TRIES && child.exitCode === null; i++) {
    if (said.join("").includes("Server listening")) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
