import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readText } from "../project/read-text.ts";
import { badInput } from "./output.ts";

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

/** Throws one sentence, with exit code 2. */
export function readSettings(file: string): Settings {
  try {
    const { config }: { readonly config?: unknown } = parse(readText(file), { maxAliasCount: 0 }) ?? {};
    return typeof config === "object" && config !== null ? { ...config } : {};
  } catch {
    throw badInput(`${file} can't be read as YAML; pulumi config says more`);
  }
}

export const SECRET_KEY = "wirewright:rootSecret";

/** Only Pulumi can open an encrypted setting. */
export function secretCommand(stack: string): readonly [string, ...string[]] {
  return ["pulumi", "config", "get", SECRET_KEY, "--stack", stack, "--non-interactive"];
}

/** For a secret that stood in clear: whoever has seen the file has it. */
export function newSecret(stack: string): string {
  return `make a new one and store it with: pulumi config set --secret ${SECRET_KEY} --stack ${stack}`;
}

/** What Pulumi prints on failure may quote the value, so none of it is passed on. */
export function secretStaysClosed(stack: string, next: string): Error {
  return new Error(`pulumi can't open the root secret of stack ${stack}; ${next}`);
}
