import { baseCommand, baseRemoveCommand, CONNECTIONS } from "../device/protocol.ts";
import { ComponentResource, type ComponentResourceOptions, isDryRun, type Resource } from "./engine.ts";
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
    /** Where it stands in the plan. */
    readonly place: number;
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
    const built = new Map<string, { readonly place: number; readonly made: WgInterface }>();
    for (const wg of args.interfaces) {
      const ahead = [[...built.values()].at(-CONNECTIONS), built.get(wg.follows ?? "")].filter(
        (one) => one !== undefined,
      );
      const after = ahead.map(({ place, made }) => (place < wg.place ? made : unrecorded(made, base)));
      const made = new WgInterface(
        `${name}-${wg.plan.name}`,
        { ...wg, connection, after: [base, ...after] },
        { parent: this },
      );
      built.set(wg.plan.name, { place: wg.place, made });
    }
    this.registerOutputs({});
  }
}

/**
 * Waits for an interface that stands later in the plan and leaves no trace of it in the state: dependencies that point one
 * way now and the other way in the next run make a targeted update write a state that Pulumi refuses to read.
 */
function unrecorded(made: WgInterface, base: Resource): Promise<Resource> {
  return new Promise((done) => made.confirm.urn.apply(() => done(base)));
}
