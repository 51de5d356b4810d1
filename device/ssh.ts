import ssh2, { type ClientChannel, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import { closedEarly, describeFailure, hostKeyFault, laterHostKeyFault, type SshStage } from "./ssh-failure.ts";
import type { SshSettings } from "./ssh-settings.ts";

export interface RemoteRun {
  /** Short and public. */
  readonly command: string;
  readonly stdin: string;
  /** From the first packet to the last byte. */
  readonly timeoutSeconds: number;
  /** Of stdout and stderr together. */
  readonly maxOutputBytes: number;
}

export type RemoteResult =
  | { readonly fault?: never; readonly stdout: string; readonly stderr: string; readonly exitCode: number }
  | { readonly fault: string };

const LOGIN_TIMEOUT_MS = 10_000;

/**
 * Runs one command over a connection of its own. The host key is compared before anything of ours is sent; nothing is
 * forwarded; time and output are bounded. A fault is one sentence with the next step; never throws for what a device does.
 */
export function runOverSsh(settings: SshSettings, run: RemoteRun): Promise<RemoteResult> {
  return new Promise((done) => {
    const where = `${settings.host} port ${settings.port}`;
    const client = new ssh2.Client();
    let stage: SshStage = "dialling";
    let wrongHostKey: string | undefined;
    const end = (result: RemoteResult): void => {
      clearTimeout(timer);
      client.destroy();
      done(result);
    };
    const late = `the command on ${where} did not end in ${run.timeoutSeconds} s; see whether the device is overloaded, then try again`;
    const timer = setTimeout(() => end({ fault: late }), run.timeoutSeconds * 1000);
    client.on("connect", () => {
      stage = "handshake";
      client.setNoDelay(true); // a login is small packets to and fro: each would wait 40 ms for the one before (205 ms a login, 38 without)
    });
    client.on("error", (error) => {
      end({ fault: wrongHostKey ?? describeFailure(error, stage, settings) });
    });
    client.on("close", () => end({ fault: closedEarly(where, stage) }));
    client.on("ready", () => {
      stage = "running";
      client.exec(run.command, (error, channel) => {
        if (error === undefined) collect(channel, run, where, end);
        else end({ fault: `${where} accepts the login but runs no command; see whether the account is restricted` });
      });
    });
    const isKnown = (key: Buffer): boolean => {
      wrongHostKey = faultOf(key, settings);
      return wrongHostKey === undefined;
    };
    client.connect(connectConfig(settings, isKnown));
  });
}

function connectConfig(settings: SshSettings, hostVerifier: (key: Buffer) => boolean): ConnectConfig {
  const { host, port, user, hostKey, identity, agent } = settings;
  const kind = hostKey.split(" ", 1)[0] as ServerHostKeyAlgorithm;
  return {
    host,
    port,
    username: user,
    readyTimeout: LOGIN_TIMEOUT_MS,
    hostVerifier,
    algorithms: {
      // Only the kind that is known, or a server with several keys would show another.
      serverHostKey: [kind],
    },
    ...(identity === undefined ? { authHandler: ["agent"] } : { authHandler: ["publickey"], privateKey: identity }),
    ...(agent === undefined ? {} : { agent }),
  };
}

function faultOf(shown: Buffer, settings: SshSettings): string | undefined {
  const isShown = (key: string): boolean => shown.equals(blobOf(key));
  if (isShown(settings.hostKey)) return undefined;
  return settings.otherHostKeys?.some(isShown) ? laterHostKeyFault(settings) : hostKeyFault(settings);
}

function blobOf(hostKey: string): Buffer {
  return Buffer.from(hostKey.split(" ")[1] ?? "", "base64");
}

/** Feeds stdin and gathers what comes back; the exit code comes last, and without one the command did not end by itself. */
function collect(channel: ClientChannel, run: RemoteRun, where: string, end: (result: RemoteResult) => void): void {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let bytes = 0;
  let exitCode: number | undefined;
  const gather = (into: Buffer[]) => (part: Buffer) => {
    bytes += part.length;
    if (bytes > run.maxOutputBytes) {
      end({
        fault: `the command on ${where} printed over ${run.maxOutputBytes} bytes; log in by hand and see what it prints`,
      });
    }
    into.push(part);
  };
  channel.on("data", gather(stdout));
  channel.stderr.on("data", gather(stderr));
  channel.on("exit", (code: number | null) => {
    exitCode = code ?? undefined;
  });
  channel.on("close", () => {
    const texts = { stdout: Buffer.concat(stdout).toString("utf8"), stderr: Buffer.concat(stderr).toString("utf8") };
    end(exitCode === undefined ? { fault: closedEarly(where, "running") } : { ...texts, exitCode });
  });
  // The command may end before it has read everything.
  channel.on("error", () => undefined);
  channel.end(run.stdin);
}
