// What the program needs of Pulumi, from modules that its host has loaded already. The SDK as a whole brings its automation
// API and npm's own libraries along, which took 0.2 s of each preview.
import * as config from "@pulumi/pulumi/runtime/config.js";

export { RunError } from "@pulumi/pulumi/errors.js";
export { warn } from "@pulumi/pulumi/log/index.js";
export type { Inputs } from "@pulumi/pulumi/output.js";
export { secret } from "@pulumi/pulumi/output.js";
export type { ComponentResourceOptions, CustomResourceOptions, Resource } from "@pulumi/pulumi/resource.js";
export { ComponentResource, CustomResource } from "@pulumi/pulumi/resource.js";
export { allConfig, getConfig } from "@pulumi/pulumi/runtime/config.js";
export { getStack, isDryRun } from "@pulumi/pulumi/runtime/settings.js";

/** The types leave it out. */
export const { isConfigSecret } = config as unknown as { readonly isConfigSecret: (key: string) => boolean };
