import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { errorCode } from "../project/error-code.ts";
import { openStack, type Stack } from "../project/stack.ts";
import { badInput } from "./output.ts";
import {
  readSettings,
  SECRET_KEY,
  type Settings,
  type StackFile,
  secretCommand,
  secretStaysClosed,
  stackFilesIn,
} from "./stack-file.ts";

/** Which stack is meant: by name, or as the one that deploys a server. */
export interface StackChoice {
  readonly stack?: string;
  readonly server?: string;
  /** An intent file to use in place of the stack's own; stack files beside it count. */
  readonly file?: string;
}

export type LoadedStack = Stack & {
  /** Where Pulumi.<stack>.yaml is; relative paths of the settings start here. */
  readonly directory: string;
};

type ReadStackFile = StackFile & { readonly settings: Settings };

const PULUMI_TIMEOUT_MS = 30_000;

/** The stack's settings, its intent compiled, and its keys. Throws one sentence, with exit code 2 for bad input. */
export async function loadStack(choice: StackChoice): Promise<LoadedStack> {
  const found = findStack(choice);
  const { name, directory } = found;
  const own = choice.file === undefined ? {} : { "wirewright:domain": resolve(choice.file) };
  const settings = { ...found.settings, ...own };
  const rootSecret = await configSecret(found);
  return { ...openStack({ name, settings, rootSecret, directory }), directory };
}

/** Looks beside the intent file, then in the current directory. */
function findStack({ stack, server, file }: StackChoice): ReadStackFile {
  const directories = [...new Set([...(file === undefined ? [] : [resolve(dirname(file))]), process.cwd()])];
  const name = stack?.split("/").at(-1);
  const all = directories.flatMap((directory) => stackFilesIn(directory));
  if (name !== undefined) {
    const named = all.find((candidate) => candidate.name === name);
    if (named === undefined) throw badInput(`there is no Pulumi.${name}.yaml in ${directories.join(" or ")}`);
    return { ...named, settings: readSettings(named.file) };
  }
  const read = all.map((candidate) => ({ ...candidate, settings: readSettings(candidate.file) }));
  const matching = read.filter(({ settings }) => settings["wirewright:server"] === server);
  const [first] = matching;
  if (first === undefined) {
    throw badInput(
      `no Pulumi.<stack>.yaml in ${directories.join(" or ")} says wirewright:server: ${server}; name one with --stack`,
    );
  }
  const rivals = matching.filter((candidate) => candidate.directory === first.directory);
  if (rivals.length === 1) return first;
  throw badInput(`${rivals.map((rival) => rival.name).join(" and ")} both deploy ${server}; choose with --stack`);
}

/** Undefined when there is none. */
async function configSecret(stack: ReadStackFile): Promise<string | undefined> {
  const given = stack.settings[SECRET_KEY];
  if (typeof given !== "string") return given === undefined ? undefined : await askPulumi(stack);
  const again = `pulumi config set --secret ${SECRET_KEY} --stack ${stack.name}`;
  throw badInput(`${stack.file} holds the root secret in clear; make a new one and store it with: ${again}`);
}

async function askPulumi({ name, directory }: StackFile): Promise<string> {
  const [pulumi, ...args] = secretCommand(name);
  try {
    const { stdout } = await promisify(execFile)(pulumi, args, { cwd: directory, timeout: PULUMI_TIMEOUT_MS });
    return stdout;
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw secretStaysClosed(name, "put pulumi on the PATH");
    throw secretStaysClosed(name, `see what this says: cd ${directory} && pulumi config --stack ${name}`);
  }
}
