import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { errorCode } from "../../core/thrown.ts";
import { badInput } from "../../device/bad-input.ts";
import type { Intent } from "../../project/intent.ts";
import { secretInClear } from "../../project/root-secret.ts";
import { openStack, type Stack } from "../../project/stack.ts";
import {
  type ReadStackFile,
  readSettings,
  SECRET_KEY,
  type StackFile,
  secretCommand,
  secretStaysClosed,
  stackFilesIn,
} from "./stack-file.ts";

/** Which stack is meant: by name, or as the one that deploys a server. */
export interface StackChoice {
  readonly stack?: string;
  readonly server?: string;
  /** To use in place of the stack's own; stack files beside its file count. */
  readonly intent?: Intent;
}

export type LoadedStack = Stack & {
  /** Where Pulumi.<stack>.yaml is; relative paths of the settings start here. */
  readonly directory: string;
};

const PULUMI_TIMEOUT_MS = 30_000;

/** The stack's settings, its intent compiled, and its keys. Throws one sentence, with exit code 2 for bad input. */
export async function loadStack(choice: StackChoice): Promise<LoadedStack> {
  const found = findStack(choice);
  const { directory } = found;
  return { ...(await openStackFile(found, () => askPulumi(found), choice.intent)), directory };
}

/**
 * A stack file as a whole stack. `askSecret` has Pulumi open the root secret, where the file has one. An intent that was
 * read already is not read again: standard input can't be.
 */
export async function openStackFile(
  stack: ReadStackFile,
  askSecret: () => Promise<string>,
  intent?: Intent,
): Promise<Stack> {
  const { name, settings, directory } = stack;
  const given = settings[SECRET_KEY];
  if (typeof given === "string") throw badInput(secretInClear(name));
  const rootSecret = given === undefined ? undefined : await askSecret();
  return openStack({ name, settings, rootSecret, directory, ...(intent && { intent }) });
}

/** Looks beside the intent file, then in the current directory. */
function findStack({ stack, server, intent }: StackChoice): ReadStackFile {
  const directories = [...new Set([...(intent ? [resolve(dirname(intent.domainFile))] : []), process.cwd()])];
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
