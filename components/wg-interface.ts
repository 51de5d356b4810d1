import { formatAddress } from "../core/net/address.ts";
import { formatCidr } from "../core/net/cidr.ts";
import type { Execution, InterfacePlan } from "../core/plan/types.ts";
import { applyCommand, confirmCommand, removeCommand } from "../device/protocol.ts";
import { Binding } from "./binding.ts";
import { ComponentResource, type ComponentResourceOptions, type Inputs, isDryRun, type Resource } from "./engine.ts";
import { type Connection, remoteCommand } from "./remote-command.ts";

export interface WgInterfaceArgs {
  readonly plan: InterfacePlan;
  readonly execution: Execution;
  readonly publicKey: string;
  readonly connection: Connection;
  /** Settles after one up: equals what the device has when nothing is to be done. */
  readonly revision: string;
  /** Sealed document for the device; holds keys. */
  readonly document: string;
  /** Proves to the device that the confirmation comes from who applied. */
  readonly nonce: string;
  /** What the device has and the plan does not, by property. Shown in previews, never stored. */
  readonly drift: Readonly<Record<string, { readonly want: string; readonly have: string }>>;
  readonly after: readonly (Resource | Promise<Resource>)[];
}

/** One WireGuard interface: peers, addresses, routes and policy change in one transaction, confirmed over a new connection. */
export class WgInterface extends ComponentResource {
  /** The last of its Commands. */
  readonly confirm: Resource;

  constructor(name: string, args: WgInterfaceArgs, opts?: ComponentResourceOptions) {
    super("wg:index:WgInterface", name, publicInputs(args), opts);
    const { plan, connection, revision, execution } = args;
    for (const { profile } of plan.groups) {
      const peers = plan.peers.filter((peer) => peer.profile === profile);
      // A dot is in no name: with a dash, profile `b-binding-c` of `a` would be profile `c` of `a-binding-b`.
      new Binding(`${name}-binding.${profile}`, { profile, peers }, { parent: this });
    }
    const apply = remoteCommand(
      `${name}-apply`,
      {
        connection,
        apply: applyCommand(plan.name, revision, execution.confirmSeconds, connection.user),
        remove: removeCommand(plan.name),
        stdin: args.document,
      },
      { parent: this, dependsOn: args.after },
    );
    this.confirm = remoteCommand(
      `${name}-confirm`,
      { connection, apply: confirmCommand(plan.name, revision, connection.user), stdin: args.nonce, follows: apply },
      { parent: this, dependsOn: [apply] },
    );
    this.registerOutputs({});
  }
}

/** What is stored and diffed by property. No secret, no Output, nothing that grows with the number of clients. */
function publicInputs({ plan, execution, publicKey, drift }: WgInterfaceArgs): Inputs {
  return {
    interface: plan.path,
    port: plan.port,
    networks: plan.networks.map(formatCidr),
    addresses: plan.addresses.map(formatAddress),
    routes: plan.routes.map(formatCidr),
    publicKey,
    keyEpoch: plan.key.epoch,
    implementation: execution.implementation,
    mtu: execution.mtu,
    presharedKeys: execution.presharedKeys,
    ...(execution.natInterface === undefined ? {} : { natInterface: execution.natInterface }),
    confirmSeconds: execution.confirmSeconds,
    ...(isDryRun() && Object.keys(drift).length > 0 ? { drift } : {}),
  };
}
