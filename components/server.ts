import { baseCommand, baseRemoveCommand } from "../device/protocol.ts";
import { ComponentResource, type ComponentResourceOptions, isDryRun } from "./engine.ts";
import { Profile } from "./profile.ts";
import { type Connection, remoteCommand } from "./remote-command.ts";
import { WgInterface, type WgInterfaceArgs } from "./wg-interface.ts";

export interface ServerArgs {
  readonly server: string;
  readonly connection: Connection;
  /** The device helper: its text, and its SHA-256 in hex. */
  readonly helper: { readonly text: string; readonly sha256: string };
  /** Settles after one up, as an interface's revision does. */
  readonly revision: string;
  readonly identity: string;
  /** By profile: what it opens, a line per target. */
  readonly profiles: ReadonlyMap<string, readonly string[]>;
  readonly interfaces: readonly Omit<WgInterfaceArgs, "connection" | "after">[];
  readonly drift: Readonly<Record<string, { readonly want: string; readonly have: string }>>;
}

/**
 * Interfaces of one device that are worked on at a time. sshd refuses connections at random from 10 unauthenticated ones on
 * (MaxStartups 10:30:100), dropbear from 5; a Pulumi run opens 4 per processor.
 */
const LANES = 3;

/** One device: the helper and its boot hook first, then every interface. */
export class Server extends ComponentResource {
  constructor(name: string, args: ServerArgs, opts?: ComponentResourceOptions) {
    const { server, connection, helper, drift } = args;
    super(
      "wg:index:Server",
      name,
      {
        server,
        address: connection.host,
        helper: helper.sha256,
        ...(isDryRun() && Object.keys(drift).length > 0 ? { drift } : {}),
      },
      opts,
    );
    for (const [profile, reach] of args.profiles) {
      new Profile(`${name}-profile-${profile}`, { reach }, { parent: this });
    }
    const base = remoteCommand(
      `${name}-base`,
      {
        connection,
        apply: baseCommand(helper.sha256, args.revision, args.identity),
        remove: baseRemoveCommand(args.identity),
        stdin: helper.text,
      },
      { parent: this },
    );
    const built: WgInterface[] = [];
    for (const wg of args.interfaces) {
      const ahead = built.at(-LANES);
      const after = ahead === undefined ? [base] : [base, ahead];
      built.push(new WgInterface(`${name}-${wg.plan.name}`, { ...wg, connection, after }, { parent: this }));
    }
    this.registerOutputs({});
  }
}
