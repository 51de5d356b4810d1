import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { readRootSecretFile } from "../project/root-secret.ts";
import { type Check, missing, ok, output } from "./doctor-check.ts";

const CHECKOUT = join(import.meta.dirname, "..");

type Config = Readonly<Record<string, unknown>>;

/** Where a stack's settings are looked for. */
interface Places {
  readonly project: string;
  readonly home: string;
}

/** What `pulumi up` in the project's directory needs. Contacts no device and asks no backend. */
export async function deviceChecks(project: string, home: string = homedir()): Promise<readonly Check[]> {
  return [node(), await pulumi(), packages(), ...stacks({ project, home })];
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return ok("node", process.version);
  return missing("node", process.version, "install Node 22.18 or later");
}

async function pulumi(): Promise<Check> {
  const next = "install Pulumi 3.227 or later, https://www.pulumi.com/docs/install";
  const version = await output(["pulumi", "version"]);
  if (version === undefined) return missing("pulumi", "not on PATH, or it does not run", next);
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > 3 || (major === 3 && minor >= 227) ? ok("pulumi", version) : missing("pulumi", version, next);
}

function packages(): Check {
  if (existsSync(join(CHECKOUT, "node_modules/@pulumi/command"))) return ok("npm packages", "installed");
  return missing("npm packages", "not installed", `npm ci --ignore-scripts in ${CHECKOUT}`);
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
    const config: Config = parse(readFileSync(join(places.project, file), "utf8"))?.config ?? {};
    return [intent, login, hostKeys, rootSecret].map((look) => look(places, name, config));
  } catch {
    return [missing(`${name}: config`, `${file} can't be read as YAML`, `pulumi config --stack ${name} says more`)];
  }
}

function intent(places: Places, stackName: string, config: Config): Check {
  const name = `${stackName}: intent`;
  const file = resolve(places.project, setting(config, "domain") ?? "domain.yaml");
  if (existsSync(file)) return ok(name, file);
  return missing(name, `${file} is absent`, `write it, or: pulumi config set wirewright:domain FILE -s ${stackName}`);
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
