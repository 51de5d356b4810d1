import { Command } from "./command.ts";
import { type Resource, secret } from "./engine.ts";

/** How the device is dialled. `identity` is private key text; without it the agent of the caller's environment is asked. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** One authorized_keys-style line. Always given: without it any host key would be accepted. */
  readonly hostKey: string;
  readonly identity?: string;
}

export interface RemoteCommandArgs {
  readonly connection: Connection;
  /** Short, constant and public: the plugin prints it when it fails. Runs on create and on every change. */
  readonly apply: string;
  /** Runs from the stored state when the resource goes; without it nothing happens on the device. */
  readonly remove?: string;
  /** All data travels here, as a secret. The last one is fed to `remove` as well. */
  readonly stdin: string;
  /** Made anew by hand (`--replace`, `state taint`), this one makes it be run once more. */
  readonly follows?: Command;
}

/**
 * The only place where a Command is made. Logging is off because live logging prints secret output and hangs on lines over
 * 64 KiB; previous output stays out of the environment because sshd refuses the names and dropbear has none; there is no
 * `update`, so that a changed revision shows as one line. What a device has belongs to a name and the device's address:
 * another address is another resource, and none is ever replaced by the program. Whoever has it replaced by hand gets the
 * former one deleted first, for the device can't tell two of one name apart.
 */
export function remoteCommand(
  name: string,
  args: RemoteCommandArgs,
  options: { readonly parent: Resource; readonly dependsOn?: readonly (Resource | Promise<Resource>)[] },
): Command {
  const { host, port, user, hostKey, identity } = args.connection;
  return new Command(
    `${name}@${host.replaceAll(":", "-")}`, // a URN's parts are kept apart by ::
    {
      connection: {
        host,
        port,
        user,
        hostKey,
        dialErrorLimit: 6,
        perDialTimeout: 10,
        ...(identity === undefined ? {} : { privateKey: secret(identity) }),
      },
      create: args.apply,
      ...(args.remove === undefined ? {} : { delete: args.remove }),
      stdin: secret(args.stdin),
      ...(args.follows === undefined ? {} : { triggers: [args.follows.id] }),
      logging: "none",
      addPreviousOutputInEnv: false,
    },
    {
      parent: options.parent,
      dependsOn: [...(options.dependsOn ?? [])],
      additionalSecretOutputs: ["stdout", "stderr"],
      hideDiffs: ["connection"],
      deleteBeforeReplace: true,
    },
  );
}
