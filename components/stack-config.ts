import { allConfig, getConfig, getProject } from "./engine.ts";

/** Every `wirewright:*` setting of this stack as text; the root secret is apart. */
export function rawStackConfig(): Record<string, unknown> {
  const prefix = `${getProject()}:`;
  const entries = Object.entries(allConfig())
    .filter(([key]) => key.startsWith(prefix) && key !== `${prefix}rootSecret`)
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  return Object.fromEntries(entries);
}

/** The config secret `wirewright:rootSecret`, if the stack has one. */
export function rootSecretSetting(): string | undefined {
  return getConfig(`${getProject()}:rootSecret`);
}
