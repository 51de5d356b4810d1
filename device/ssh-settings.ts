import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { unreadable } from "../core/thrown.ts";
import { badInput } from "./bad-input.ts";
import { findIdentity } from "./identity.ts";
import { hostKeysFor } from "./known-hosts.ts";

/** How a device is dialled. Either `identity` or `agent` is there. */
export interface SshSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The one host key that is accepted, as in authorized_keys: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** Known as well and of the same kind; not accepted, but told apart from unknown ones. */
  readonly otherHostKeys?: readonly string[];
  /** Text of a private key. Secret. */
  readonly identity?: string;
  /** Socket of an agent. */
  readonly agent?: string;
}

/** The stack's settings that concern SSH; empty or absent means what a person's ssh would do. */
export interface SshConfig {
  readonly sshUser: string;
  readonly sshPort: number;
  readonly sshIdentity?: string;
  readonly sshKnownHosts?: string;
}

export interface SshEnvironment {
  /** Where relative paths of the settings start. */
  readonly directory: string;
  readonly home: string;
  readonly agentSocket?: string;
  /** Host keys for everybody on this machine. */
  readonly systemKnownHosts: string;
}

/** What this process was started with. */
export function sshEnvironment(): SshEnvironment {
  const agentSocket = process.env.SSH_AUTH_SOCK;
  return {
    directory: process.cwd(),
    home: homedir(),
    ...(agentSocket ? { agentSocket } : {}),
    systemKnownHosts: "/etc/ssh/ssh_known_hosts",
  };
}

/** Throws an Error of one sentence with the next step: an unknown host key is never accepted, a key never guessed. */
export async function sshSettings(
  config: SshConfig,
  host: string,
  environment: SshEnvironment = sshEnvironment(),
): Promise<SshSettings> {
  const { sshUser: user, sshPort: port } = config;
  const hostKeys = findHostKeys(config, host, environment);
  const asked = config.sshIdentity && inPlace(config.sshIdentity, environment.directory, environment.home);
  const identity = await findIdentity(asked, environment.home, environment.agentSocket);
  return { host, port, user, ...hostKeys, ...identity };
}

function findHostKeys(
  { sshKnownHosts, sshPort }: SshConfig,
  host: string,
  environment: SshEnvironment,
): Pick<SshSettings, "hostKey" | "otherHostKeys"> {
  const own = join(environment.home, ".ssh", "known_hosts");
  const asked = sshKnownHosts && inPlace(sshKnownHosts, environment.directory, environment.home);
  if (asked && !existsSync(asked)) {
    throw badInput(`there is no file ${asked}; correct wirewright:sshKnownHosts`);
  }
  const files = asked ? [asked] : [own, environment.systemKnownHosts].filter((file) => existsSync(file));
  const fault = asked ? badInput : (message: string) => new Error(message);
  const text = files.map((file) => readKnownHosts(file, fault)).join("\n");
  const { trusted, revoked } = hostKeysFor(text, host, sshPort);
  const [hostKey, ...rest] = new Set(trusted);
  if (hostKey !== undefined) {
    const kind = hostKey.replace(/ .*/, " ");
    const otherHostKeys = rest.filter((key) => key.startsWith(kind));
    return { hostKey, ...(otherHostKeys.length > 0 ? { otherHostKeys } : {}) };
  }
  if (revoked) throw new Error(`every known host key of ${host} is marked @revoked; find out why before you go on`);
  const port = sshPort === 22 ? "" : ` -p ${sshPort}`;
  throw new Error(
    `the host key of ${host} port ${sshPort} is not known in ${files.join(" or ") || own}; run ssh-keyscan -t ed25519${port} ${host}, compare what it prints with /etc/ssh/ssh_host_ed25519_key.pub on the device, then append it to ${asked || own}`,
  );
}

function readKnownHosts(file: string, fault: (message: string) => Error): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw fault(unreadable(file, error));
  }
}

/** A path as a person writes it in the settings: from where they are, or from home. */
export function inPlace(path: string, directory: string, home: string = homedir()): string {
  return path.startsWith("~/") ? join(home, path.slice(2)) : resolve(directory, path);
}
