import * as pulumi from "@pulumi/pulumi";

/** Every `wirewright:*` setting of this stack as text; the root secret is apart. */
export function rawStackConfig(): Record<string, unknown> {
  const prefix = `${pulumi.getProject()}:`;
  const entries = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix) && key !== `${prefix}rootSecret`)
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  return Object.fromEntries(entries);
}

/** The config secret `wirewright:rootSecret`, if the stack has one. */
export function rootSecretSetting(): string | undefined {
  return pulumi.runtime.getConfig(`${pulumi.getProject()}:rootSecret`);
}
