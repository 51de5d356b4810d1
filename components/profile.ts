import { ComponentResource, type ComponentResourceOptions } from "./engine.ts";

export interface ProfileArgs {
  /** What the profile reaches, as a person reads it: `lan tcp/443 tcp/8096 icmp`. */
  readonly reach: readonly string[];
}

/** Explains what a profile opens. Owns no Command: its meaning is compiled into each interface's transaction. */
export class Profile extends ComponentResource {
  constructor(name: string, args: ProfileArgs, opts?: ComponentResourceOptions) {
    super("wg:index:Profile", name, { reach: [...args.reach] }, opts);
    this.registerOutputs({});
  }
}
