import type { PeerPlan } from "../core/plan/types.ts";
import { describeClients } from "../core/render/describe.ts";
import { ComponentResource, type ComponentResourceOptions } from "./engine.ts";

export interface BindingArgs {
  readonly profile: string;
  readonly peers: readonly PeerPlan[];
}

/** Explains who holds a profile on an interface. Owns no Command: peers and policy change together in the interface's transaction. */
export class Binding extends ComponentResource {
  constructor(name: string, args: BindingArgs, opts?: ComponentResourceOptions) {
    super("wg:index:Binding", name, { profile: args.profile, clients: describeClients(args.peers) }, opts);
    this.registerOutputs({});
  }
}
