import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import type { KeyRing } from "../core/plan/keys.ts";
import type { StackConfig } from "../core/plan/stack.ts";
import type { ServerPlan } from "../core/plan/types.ts";
import type { Intent } from "../project/intent.ts";
import { readText } from "../project/read-text.ts";
import { openStack } from "../project/stack.ts";
import { badInput } from "./output.ts";

/** Which stack is meant: by name, or as the one that deploys a server. */
export interface StackRequest {
  readonly stack?: string;
  readonly server?: string;
  /** An intent file to use in place of the stack's own; stack files beside it count. */
  readonly file?: string;
}

export interface LoadedStack {
  readonly stackName: string;
  /** Where Pulumi.<stack>.yaml is; relative paths of the settings start here. */
  readonly directory: string;
  readonly config: StackConfig;
  readonly keys: KeyRing;
  readonly intent: Intent;
  readonly plans: readonly ServerPlan[];
  /** The plan of the stack's own server. */
  readonly plan: ServerPlan;
  readonly lock: Intent["lock"];
}

type Settings = Readonly<Record<string, unknown>>;

interface StackFile {
  readonly stackName: string;
  readonly directory: string;
  readonly file: string;
  readonly settings: Settings;
}

const STACK_FILE = /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/;
const SECRET_KEY = "wirewright:rootSecret";
const PULUMI_TIMEOUT_MS = 30_000;

/** The stack's settings, its intent compiled, and its keys. Throws one sentence, with exit code 2 for bad input. */
export async function loadStack(request: StackRequest): Promise<LoadedStack> {
  const found = findStack(request);
  const { stackName, directory } = found;
  const own = request.file === undefined ? {} : { "wirewright:domain": resolve(request.file) };
  const settings = { ...found.settings, ...own };
  const rootSecret = await configSecret(found);
  const { config, intent, plan, keys } = openStack({ name: stackName, settings, rootSecret, directory });
  return { stackName, directory, config, keys, intent, plan, plans: intent.plans, lock: intent.lock };
}

/** Looks beside the intent file, then in the current directory. */
function findStack({ stack, server, file }: StackRequest): StackFile {
  const directories = [...new Set([...(file === undefined ? [] : [resolve(dirname(file))]), process.cwd()])];
  const name = stack?.split("/").at(-1);
  const all = directories.flatMap((directory) => stackFilesIn(directory));
  if (name !== undefined) {
    const named = all.find((candidate) => candidate.stackName === name);
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
  throw badInput(`${rivals.map((rival) => rival.stackName).join(" and ")} both deploy ${server}; choose with --stack`);
}

function stackFilesIn(directory: string): Omit<StackFile, "settings">[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort()
    .flatMap((entry) => {
      const stackName = STACK_FILE.exec(entry)?.[1];
      return stackName === undefined ? [] : [{ stackName, directory, file: join(directory, entry) }];
    });
}

function readSettings(file: string): Settings {
  try {
    const { config }: { readonly config?: unknown } = parse(readText(file), { maxAliasCount: 0 }) ?? {};
    return typeof config === "object" && config !== null ? { ...config } : {};
  } catch {
    throw badInput(`${file} can't be read as YAML; pulumi config says more`);
  }
}

/** Only Pulumi can open an encrypted setting; undefined when there is none. */
async function configSecret(stack: StackFile): Promise<string | undefined> {
  const given = stack.settings[SECRET_KEY];
  if (typeof given !== "string") return given === undefined ? undefined : await askPulumi(stack);
  const again = `pulumi config set --secret ${SECRET_KEY} --stack ${stack.stackName}`;
  throw badInput(`${stack.file} holds the root secret in clear; make a new one and store it with: ${again}`);
}

/** What Pulumi prints on failure may quote the value, so none of it is passed on. */
async function askPulumi({ stackName, directory }: StackFile): Promise<string> {
  const args = ["config", "get", SECRET_KEY, "--stack", stackName, "--non-interactive"];
  try {
    const { stdout } = await promisify(execFile)("pulumi", args, { cwd: directory, timeout: PULUMI_TIMEOUT_MS });
    return stdout;
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    const next = isAbsent
      ? "put pulumi on the PATH"
      : `see what this says: cd ${directory} && pulumi config --stack ${stackName}`;
    throw new Error(`pulumi can't open the root secret of stack ${stackName}; ${next}`);
  }
}
