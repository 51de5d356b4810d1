import type { remote } from "@pulumi/command";
import { CustomResource, type CustomResourceOptions, secret } from "./engine.ts";

/**
 * What `remote.Command` of @pulumi/command registers, which a test compares. That class itself loads the SDK as a whole.
 * Defaults of the connection are not filled in: we give all of them. The package stays a dependency: by it the language
 * host finds the plugin.
 */
export class Command extends CustomResource {
  constructor(name: string, args: remote.CommandArgs, options: CustomResourceOptions = {}) {
    const inputs = { ...args, connection: secret(args.connection) };
    super("command:remote:Command", name, inputs, {
      ...options,
      version: "1.2.1",
      additionalSecretOutputs: [...(options.additionalSecretOutputs ?? []), "connection"],
      replaceOnChanges: ["triggers[*]"],
    });
  }
}
