import { baseCommand, baseRemoveCommand, CONNECTIONS } from "../device/protocol.ts";
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
  readonly interfaces: readonly (Omit<WgInterfaceArgs, "connection" | "after"> & {
    /** The interface, an earlier one of the list, that has to give up its port first. */
    readonly follows: string | undefined;
  })[];
  readonly drift: Readonly<Record<string, { readonly want: string; readonly have: string }>>;
}

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
    const built = new Map<string, WgInterface>();
    for (const wg of args.interfaces) {
      const ahead = [[...built.values()].at(-CONNECTIONS), built.get(wg.follows ?? "")];
      const after = [base, ...ahead.filter((one) => one !== undefined)];
      built.set(
        wg.plan.name,
        new WgInterface(`${name}-${wg.plan.name}`, { ...wg, connection, after }, { parent: this }),
      );
    }
    this.registerOutputs({});
  }
}
