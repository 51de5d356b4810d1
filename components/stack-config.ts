import { allConfig, getConfig, getProject, isConfigSecret } from "./engine.ts";

/** Every `wirewright:*` setting of this stack as text; the root secret is apart. */
export function rawStackConfig(): Record<string, unknown> {
  const prefix = `${getProject()}:`;
  const entries = Object.entries(allConfig())
    .filter(([key]) => key.startsWith(prefix) && key !== `${prefix}rootSecret`)
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  return Object.fromEntries(entries);
}

const rootSecret = (): string => `${getProject()}:rootSecret`;

/** The config secret `wirewright:rootSecret`, if the stack has one. */
export function rootSecretSetting(): string | undefined {
  return getConfig(rootSecret());
}

/** True when it stands in the settings for everybody to read. */
export function isRootSecretInClear(): boolean {
  return rootSecretSetting() !== undefined && !isConfigSecret(rootSecret());
}
