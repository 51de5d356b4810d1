import { existsSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import type { Problem } from "../core/domain/problem.ts";
import { checkStack, parseStackConfig, type SettingProblem } from "../core/plan/stack.ts";
import { readIntent } from "../project/intent.ts";
import { readText } from "../project/read-text.ts";
import { readRootSecretFile } from "../project/root-secret.ts";
import { type Check, missing, ok } from "./doctor-check.ts";
import { programChecks } from "./doctor-programs.ts";

type Config = Readonly<Record<string, unknown>>;

/** Where a stack's settings are looked for. */
interface Places {
  readonly project: string;
  readonly home: string;
}

/** What `pulumi up` in the project's directory needs. Contacts no device and asks no backend. */
export async function deviceChecks(project: string, home: string = homedir()): Promise<readonly Check[]> {
  return [...(await programChecks()), ...stacks({ project, home })];
}

/** The stack files of the project, and what each of them names. */
function stacks(places: Places): readonly Check[] {
  const { project } = places;
  const isProject = existsSync(join(project, "Pulumi.yaml"));
  const files = isProject ? readdirSync(project).filter((file) => /^Pulumi\.[^.]+\.yaml$/.test(file)) : [];
  if (files.length === 0) {
    const next = "run this in the directory of Pulumi.yaml; pulumi stack init NAME makes a stack";
    return [missing("stacks", `none in ${project}`, next)];
  }
  return files.sort().flatMap((file) => stack(places, file));
}

function stack(places: Places, file: string): readonly Check[] {
  const name = file.slice("Pulumi.".length, -".yaml".length);
  try {
    const config: Config = parse(readText(join(places.project, file)), { maxAliasCount: 0 })?.config ?? {};
    return [
      ...intent(places, name, config),
      ...[login, hostKeys, rootSecret].map((look) => look(places, name, config)),
    ];
  } catch {
    return [missing(`${name}: config`, `${file} can't be read as YAML`, `pulumi config --stack ${name} says more`)];
  }
}

/** The intent file, and the settings of the stack, which speak of what is in it. */
function intent(places: Places, stackName: string, raw: Config): readonly Check[] {
  const file = resolve(places.project, setting(raw, "domain") ?? "domain.yaml");
  const { intent: found, problems } = readIntent(file);
  const { config, problems: faults } = parseStackConfig(raw);
  const mismatches = config && found ? checkStack(config, found.plans) : [];
  return [
    intentCheck(`${stackName}: intent`, stackName, file, problems),
    ...settingChecks(`${stackName}: settings`, [...faults, ...mismatches]),
  ];
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
  return faults.map(({ key, message }) => {
    const [found = "", ...next] = message.split("; ");
    return missing(name, `wirewright:${key} ${found}`, next.join("; "));
  });
}

/** Looks where ssh looks: the key that the stack names, or else the agent, or else the usual files. */
function login(places: Places, stackName: string, config: Config): Check {
  const name = `${stackName}: login`;
  const own = setting(config, "sshIdentity");
  const agent = process.env.SSH_AUTH_SOCK;
  const usual = ["id_ed25519", "id_ecdsa", "id_rsa"].map((key) => join(places.home, ".ssh", key));
  const candidates = own === undefined ? [...(agent ? [agent] : []), ...usual] : [inHome(places, own)];
  const found = candidates.find((place) => existsSync(place));
  if (found !== undefined) return ok(name, found === agent ? `agent ${found}` : found);
  if (own !== undefined)
    return missing(name, `${candidates.join("")} is absent`, "set wirewright:sshIdentity to a key file");
  return missing(name, "no agent and no key in ~/.ssh", "ssh-add with an agent, or ssh-keygen -t ed25519");
}

function hostKeys(places: Places, stackName: string, config: Config): Check {
  const name = `${stackName}: host keys`;
  const file = inHome(places, setting(config, "sshKnownHosts") ?? "~/.ssh/known_hosts");
  if (existsSync(file) && statSync(file).size > 0) return ok(name, file);
  return missing(name, `${file} is empty or absent`, "log in once with ssh, comparing the fingerprint");
}

function rootSecret(places: Places, stackName: string, config: Config): Check {
  const name = `${stackName}: secret`;
  const inConfig = config["wirewright:rootSecret"];
  if (typeof inConfig === "string") {
    return missing(
      name,
      "it is in the stack file in clear",
      `pulumi config set --secret wirewright:rootSecret -s ${stackName}`,
    );
  }
  if (inConfig !== undefined) return ok(name, "encrypted in the stack file");
  const file = setting(config, "rootSecretFile");
  if (file === undefined) {
    const next = `pulumi config set --secret wirewright:rootSecret -s ${stackName}, or set wirewright:rootSecretFile`;
    return missing(name, "no root secret is configured", next);
  }
  try {
    readRootSecretFile(resolve(places.project, file));
    return ok(name, `${file}, closed to others`);
  } catch (error) {
    const [found = "", ...next] = (error instanceof Error ? error.message : String(error)).split("; ");
    return missing(name, found, next.join("; "));
  }
}

/** A value of the stack; an empty one means the default, as Pulumi.yaml says. */
function setting(config: Config, key: string): string | undefined {
  const value = config[`wirewright:${key}`];
  return typeof value === "string" && value !== "" ? value : undefined;
}

const inHome = ({ project, home }: Places, file: string): string =>
  file.startsWith("~/") ? join(home, file.slice(2)) : resolve(project, file);
