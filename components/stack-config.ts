import { allConfig, getConfig, isConfigSecret } from "./engine.ts";

/** Not the project's name of the moment: the CLI reads the same settings from the stack file, whatever name Pulumi.yaml has. */
const PREFIX = "wirewright:";
const ROOT_SECRET = `${PREFIX}rootSecret`;

/** Every `wirewright:*` setting of this stack as text; the root secret is apart. */
export function rawStackConfig(): Record<string, unknown> {
  const entries = Object.entries(allConfig())
    .filter(([key]) => key.startsWith(PREFIX) && key !== ROOT_SECRET)
    .map(([key, value]) => [key.slice(PREFIX.length), value] as const);
  return Object.fromEntries(entries);
}

/** The config secret `wirewright:rootSecret`, if the stack has one. */
export function rootSecretSetting(): string | undefined {
  return getConfig(ROOT_SECRET);
}

/** True when it stands in the settings for everybody to read. */
export function isRootSecretInClear(): boolean {
  return rootSecretSetting() !== undefined && !isConfigSecret(ROOT_SECRET);
}
