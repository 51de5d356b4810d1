import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { isRecord } from "../../core/plan/setting.ts";
import { badInput } from "../../device/bad-input.ts";
import { readText } from "../../project/read-text.ts";

/** A stack that a project has, as `Pulumi.<name>.yaml` says. */
export interface StackFile {
  readonly name: string;
  readonly directory: string;
  readonly file: string;
}

export type ReadStackFile = StackFile & { readonly settings: Settings };

/** Values that are encrypted are objects with a `secure`. */
export type Settings = Readonly<Record<string, unknown>>;

const STACK_FILE = /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/;

/** Sorted; none where there is no such directory. */
export function stackFilesIn(directory: string): readonly StackFile[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort()
    .flatMap((entry) => {
      const name = STACK_FILE.exec(entry)?.[1];
      return name === undefined ? [] : [{ name, directory, file: join(directory, entry) }];
    });
}

/** What Pulumi gives the program: the stack's own settings before those of `Pulumi.yaml`. Throws one sentence, with exit code 2. */
export function readSettings(file: string): Settings {
  const project = join(dirname(file), "Pulumi.yaml");
  return { ...(existsSync(project) ? projectSettings(project) : {}), ...configOf(file) };
}

/** A setting stands there as its value, or as a declaration with a value or a default. */
function projectSettings(project: string): Settings {
  const declared = Object.entries(configOf(project)).map(([key, entry]) => {
    const { value, default: fallback } = isRecord(entry) ? entry : { value: entry };
    return [key.includes(":") ? key : `wirewright:${key}`, value ?? fallback] as const;
  });
  return Object.fromEntries(declared.filter(([, value]) => value !== undefined));
}

function configOf(file: string): Settings {
  try {
    const { config }: { readonly config?: unknown } = parse(readText(file), { maxAliasCount: 0 }) ?? {};
    return isRecord(config) ? { ...config } : {};
  } catch {
    throw badInput(`${file} can't be read as YAML; pulumi config says more`);
  }
}

export const SECRET_KEY = "wirewright:rootSecret";

/** Only Pulumi can open an encrypted setting. */
export function secretCommand(stack: string): readonly [string, ...string[]] {
  return ["pulumi", "config", "get", SECRET_KEY, "--stack", stack, "--non-interactive"];
}

/** What Pulumi prints on failure may quote the value, so none of it is passed on. */
export function secretStaysClosed(stack: string, next: string): Error {
  return new Error(`pulumi can't open the root secret of stack ${stack}; ${next}`);
}
