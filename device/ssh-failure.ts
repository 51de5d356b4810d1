import type { SshSettings } from "./ssh-settings.ts";

/** How far a connection came before it failed. */
export type SshStage = "dialling" | "handshake" | "running";

/** What ssh2 puts on its errors, besides the message. */
interface SshError extends Error {
  readonly code?: string;
  readonly level?: string;
}

/** One sentence: where, what was found, what to do next. Text that came from the other side is cut down to plain letters. */
export function describeFailure(error: SshError, stage: SshStage, settings: SshSettings): string {
  const where = `${settings.host} port ${settings.port}`;
  if (stage === "dialling" && error.code !== undefined)
    return `${where} ${BY_CODE[error.code] ?? undialled(error.code)}`;
  if (error.level === "client-timeout") {
    return stage === "dialling"
      ? `${where} does not answer; see whether the device is on and the address is right`
      : `${where} accepts connections but its SSH does not answer; see whether the device is overloaded`;
  }
  if (error.level === "client-authentication" || error.level === "agent") return authenticationFault(where, settings);
  if (/no matching host key format/.test(error.message)) {
    const kind = settings.hostKey.split(" ", 1)[0];
    return `${where} has no host key of the known kind ${kind}; compare its keys with known_hosts, the device may be another`;
  }
  if (error.code === "ECONNRESET" || error.code === "EPIPE" || /^Connection lost/.test(error.message)) {
    return closedEarly(where, stage);
  }
  return `${where} does not speak SSH as expected (${plain(error.message)}); see what listens there`;
}

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections; see whether sshd runs there and wirewright:sshPort is right",
  EHOSTUNREACH: "can't be reached: no route, or no such host on its network; check network and address",
  ENETUNREACH: "can't be reached: this machine has no route to it; check network and address",
  ETIMEDOUT: "does not answer; see whether the device is on and the address is right",
};

function undialled(code: string): string {
  return `can't be dialled from this machine (${plain(code)}); check its network, addresses and firewall`;
}

/** An attacker in between and a device that was set up anew look the same from here. */
export function hostKeyFault(settings: SshSettings): string {
  return `${settings.host} port ${settings.port} shows another host key than the known one; unless the device was set up anew, somebody may be in between: compare with ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub on the device, and correct known_hosts only then`;
}

/** The command plugin is given one key, which has to be the same in each run; so the first line counts, not any as for ssh. */
export function laterHostKeyFault({ host, port }: SshSettings): string {
  return `${host} port ${port} shows the host key of a later line in known_hosts, where the first of its kind counts; remove the line of the old key`;
}

export function closedEarly(where: string, stage: SshStage): string {
  return stage === "running"
    ? `${where} closed the connection before the command ended; see whether the device restarted, then try again`
    : `${where} closed the connection before the login; sshd may limit connections, try again`;
}

function authenticationFault(where: string, { user, agent }: SshSettings): string {
  const shown = agent === undefined ? "the SSH key" : "any key of the SSH agent";
  return `${where} does not accept ${shown} for ${user}; add the public key to its authorized_keys, or set wirewright:sshUser and sshIdentity`;
}

/** What the other side said, safe to show: printable ASCII, at most 300 characters. */
export function plain(text: string): string {
  return text.replace(/[^ -~]/g, "?").slice(0, 300);
}
