import { resolve } from "node:path";
import { formatProblem, type Problem } from "../core/domain/problem.ts";
import type { Spot } from "../core/domain/types.ts";
import { keyClashes } from "../core/plan/brought-keys.ts";
import type { KeyRing } from "../core/plan/keys.ts";
import { checkStack, parseStackConfig, type StackConfig } from "../core/plan/stack.ts";
import type { ServerPlan } from "../core/plan/types.ts";
import { faultyFile } from "../device/bad-input.ts";
import { inPlace } from "../device/ssh-settings.ts";
import { type Intent, readIntent } from "./intent.ts";
import { openKeyRing } from "./key-ring.ts";
import { decodeRootSecret, readNamedRootSecret } from "./root-secret.ts";

/** One stack, ready to be worked with: its settings, the whole intent, the plan of its server, and its keys. */
export interface Stack {
  readonly name: string;
  readonly config: StackConfig;
  readonly intent: Intent;
  readonly plan: ServerPlan;
  readonly keys: KeyRing;
}

export interface StackRequest {
  readonly name: string;
  /** Settings as they stand in `Pulumi.<name>.yaml`, with or without `wirewright:` before each. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The config secret, when the stack has one; otherwise `rootSecretFile` is read. */
  readonly rootSecret: string | undefined;
  /** Paths in the settings are relative to it. */
  readonly directory: string;
  /** To use in place of what the settings name as the domain. */
  readonly intent?: Intent;
}

/** Reads the intent and the root secret of a stack. Throws all problems of the first thing that has any, a line each. */
export function openStack({ name, settings, rootSecret, directory, intent: read }: StackRequest): Stack {
  const file = `Pulumi.${name}.yaml`;
  const { config, problems } = parseStackConfig(settings);
  if (config === undefined)
    throw faultyFile(problems.map(({ key, message }) => `${file}: wirewright:${key} ${message}`));
  const domainFile = read ? resolve(read.domainFile) : inPlace(config.domain, directory);
  const { intent, problems: faults } = read ? { intent: read, problems: [] } : readIntent(domainFile);
  if (intent === undefined) throw faultyFile(faults.map((problem) => formatProblem(domainFile, problem)));
  const mismatches = checkStack(config, intent.plans);
  const plan = intent.plans.find(({ server }) => server === config.server);
  if (plan === undefined || mismatches.length > 0) {
    throw faultyFile(mismatches.map(({ key, message }) => `${file}: wirewright:${key} ${message}`));
  }
  const keys = keysOf(findRootSecret(config, rootSecret, directory, name), file);
  const clashes = keyProblems(intent, plan, keys);
  if (clashes.length > 0) throw faultyFile(clashes.map((problem) => formatProblem(domainFile, problem)));
  return { name, config, intent, plan, keys };
}

/** What only the root secret shows: a client that brought a key which is derived for somebody else. */
function keyProblems({ domain }: Intent, plan: ServerPlan, keys: KeyRing): readonly Problem[] {
  const clashes = keyClashes(plan, keys);
  if (clashes.length === 0) return [];
  const clients = domain.bindings.flatMap(({ server, interface: wg, clients }) =>
    clients.map((client) => [`${server}/${wg}/${client.name}`, client.position] as const),
  );
  const positions = new Map<string, Spot>(clients);
  return clashes.map(({ path, owner }) => ({
    code: "duplicate-key-pair",
    ...(positions.get(path) ?? { path: "", line: 1, column: 1 }),
    message: `${path} brought the public key that is derived for ${owner}`,
    hint: "every client makes a key pair of its own, or leaves publicKey out",
  }));
}

function keysOf(rootSecret: Uint8Array, file: string): KeyRing {
  try {
    return openKeyRing(rootSecret);
  } catch (error) {
    throw error instanceof RangeError ? faultyFile([`${file}: ${error.message}`]) : error;
  }
}

function findRootSecret(
  { rootSecretFile }: StackConfig,
  setting: string | undefined,
  directory: string,
  name: string,
): Uint8Array {
  if (setting !== undefined) return decodeRootSecret(setting, "the config secret wirewright:rootSecret");
  if (rootSecretFile !== undefined) return readNamedRootSecret(rootSecretFile, directory, name);
  throw faultyFile([
    `Pulumi.${name}.yaml: there is no root secret; make a file with (umask 077; head -c 32 /dev/urandom | base64 > root.secret) and set wirewright:rootSecretFile to root.secret`,
  ]);
}
