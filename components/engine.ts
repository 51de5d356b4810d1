// What the program needs before it builds resources. Its host has loaded these modules; the SDK as a whole takes 0.13 s to
// load, which index.ts does while the device answers.
import * as config from "@pulumi/pulumi/runtime/config.js";

export { RunError } from "@pulumi/pulumi/errors.js";
export { warn } from "@pulumi/pulumi/log/index.js";
export { allConfig, getConfig } from "@pulumi/pulumi/runtime/config.js";
export { getProject, getStack, isDryRun } from "@pulumi/pulumi/runtime/settings.js";

/** The types leave it out. */
export const { isConfigSecret } = config as unknown as { readonly isConfigSecret: (key: string) => boolean };
