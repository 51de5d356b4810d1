import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../core/domain/problem.ts";
import { formatAddress } from "../../core/net/address.ts";
import type { SettingProblem } from "../../core/plan/setting.ts";
import { checkStack, DEFAULTS, parseStackConfig, type StackConfig } from "../../core/plan/stack.ts";
import type { ServerPlan } from "../../core/plan/types.ts";
import { messageOf } from "../../core/thrown.ts";
import { inPlace, type SshEnvironment, sshEnvironment, sshSettings } from "../../device/ssh-settings.ts";
import { readIntent } from "../../project/intent.ts";
import { newSecret, readNamedRootSecret } from "../../project/root-secret.ts";
import { readSettings, SECRET_KEY, type Settings, type StackFile, stackFilesIn } from "../input/stack-file.ts";
import { type Check, faulty, missing, ok } from "./check.ts";
import { programChecks } from "./programs.ts";

/** What of a stack could be made out. */
interface Found {
  readonly config: StackConfig | undefined;
  readonly plan: ServerPlan | undefined;
}

/** What `pulumi up` in the project's directory needs. Contacts no device and asks no backend. */
export async function deviceChecks(environment: SshEnvironment = sshEnvironment()): Promise<readonly Check[]> {
  return [...(await programChecks()), ...(await stacks(environment))];
}

/** The stack files of the project, and what each of them names. */
async function stacks(environment: SshEnvironment): Promise<readonly Check[]> {
  const { directory } = environment;
  const files = existsSync(join(directory, "Pulumi.yaml")) ? stackFilesIn(directory) : [];
  if (files.length === 0) {
    const next = "run this in the directory of Pulumi.yaml; pulumi stack init NAME makes a stack";
    return [missing("stacks", `none in ${directory}`, next)];
  }
  return (await Promise.all(files.map((file) => stack(file, environment)))).flat();
}

async function stack({ name, file }: StackFile, environment: SshEnvironment): Promise<readonly Check[]> {
  let raw: Settings;
  try {
    raw = readSettings(file);
  } catch (error) {
    return [faulty(`${name}: config`, messageOf(error))];
  }
  const { checks, ...found } = intent(name, raw, environment.directory);
  return [...checks, await ssh(`${name}: ssh`, found, environment), rootSecret(name, raw, environment.directory)];
}

/** The intent file, and the settings of the stack, which speak of what is in it. */
function intent(name: string, raw: Settings, directory: string): Found & { readonly checks: readonly Check[] } {
  const file = inPlace(setting(raw, "domain") ?? DEFAULTS.domain, directory);
  const { intent: found, problems } = readIntent(file);
  const { config, problems: faults } = parseStackConfig(raw);
  const mismatches = config && found ? checkStack(config, found.plans) : [];
  const checks = [
    intentCheck(`${name}: intent`, name, file, problems),
    ...settingChecks(`${name}: settings`, [...faults, ...mismatches]),
  ];
  return { checks, config, plan: found?.plans.find(({ server }) => server === config?.server) };
}

function intentCheck(name: string, stackName: string, file: string, problems: readonly Problem[]): Check {
  const [first] = problems;
  if (first === undefined) return ok(name, file);
  if (first.code === "unreadable-file" && first.file === undefined) {
    const next = `write it, or: pulumi config set wirewright:domain FILE -s ${stackName}`;
    return missing(name, `${file}: ${first.message}`, next);
  }
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return missing(name, `${file} has ${count}`, `run wirewright check ${file}`);
}

function settingChecks(name: string, faults: readonly SettingProblem[]): readonly Check[] {
  if (faults.length === 0) return [ok(name, "usable")];
  return faults.map(({ key, message }) => faulty(name, `wirewright:${key} ${message}`));
}

/** How the device would be dialled: asked of who dials it. */
async function ssh(name: string, { config, plan }: Found, environment: SshEnvironment): Promise<Check> {
  if (config === undefined || plan === undefined) {
    return missing(name, "can't be judged before intent and settings are in order", "put them in order first");
  }
  try {
    const { user, host, port, agent } = await sshSettings(config, formatAddress(plan.address), environment);
    const key = agent === undefined ? "with a key file" : `with the agent ${agent}`;
    return ok(name, `${user}@${host} port ${port}, host key known, ${key}`);
  } catch (error) {
    return faulty(name, messageOf(error));
  }
}

function rootSecret(stackName: string, raw: Settings, directory: string): Check {
  const name = `${stackName}: secret`;
  const inConfig = raw[SECRET_KEY];
  if (typeof inConfig === "string") {
    return missing(name, "it stands in the settings in clear", newSecret(stackName));
  }
  if (inConfig !== undefined) return ok(name, "encrypted in the stack file");
  const file = setting(raw, "rootSecretFile");
  if (file === undefined) {
    const next = `pulumi config set --secret ${SECRET_KEY} -s ${stackName}, or set wirewright:rootSecretFile`;
    return missing(name, "no root secret is configured", next);
  }
  try {
    readNamedRootSecret(file, directory, stackName);
    return ok(name, `${file}, closed to others`);
  } catch (error) {
    return faulty(name, messageOf(error));
  }
}

/** A value of the stack; an empty one means the default, as Pulumi.yaml says. */
function setting(raw: Settings, key: string): string | undefined {
  const value = raw[`wirewright:${key}`];
  return typeof value === "string" && value !== "" ? value : undefined;
}
