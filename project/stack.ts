import { formatProblem } from "../core/domain/problem.ts";
import type { KeyRing } from "../core/plan/keys.ts";
import { checkStack, parseStackConfig, type StackConfig } from "../core/plan/stack.ts";
import type { ServerPlan } from "../core/plan/types.ts";
import { inPlace } from "../device/ssh-settings.ts";
import { badInput } from "./bad-input.ts";
import { type Intent, readIntent } from "./intent.ts";
import { openKeyRing } from "./key-ring.ts";
import { decodeRootSecret, readRootSecretFile } from "./root-secret.ts";

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
}

/** Reads the intent and the root secret of a stack. Throws all problems of the first thing that has any, a line each. */
export function openStack({ name, settings, rootSecret, directory }: StackRequest): Stack {
  const file = `Pulumi.${name}.yaml`;
  const { config, problems } = parseStackConfig(settings);
  if (config === undefined)
    throw badInput(...problems.map(({ key, message }) => `${file}: wirewright:${key} ${message}`));
  const domainFile = inPlace(config.domain, directory);
  const { intent, problems: faults } = readIntent(domainFile);
  if (intent === undefined) throw badInput(...faults.map((problem) => formatProblem(domainFile, problem)));
  const mismatches = checkStack(config, intent.plans);
  const plan = intent.plans.find(({ server }) => server === config.server);
  if (plan === undefined || mismatches.length > 0) {
    throw badInput(...mismatches.map(({ key, message }) => `${file}: wirewright:${key} ${message}`));
  }
  return { name, config, intent, plan, keys: keysOf(findRootSecret(config, rootSecret, directory, file), file) };
}

function keysOf(rootSecret: Uint8Array, file: string): KeyRing {
  try {
    return openKeyRing(rootSecret);
  } catch (error) {
    throw error instanceof RangeError ? badInput(`${file}: ${error.message}`) : error;
  }
}

function findRootSecret(
  { rootSecretFile }: StackConfig,
  setting: string | undefined,
  directory: string,
  file: string,
): Uint8Array {
  if (setting !== undefined) return decodeRootSecret(setting, "the config secret wirewright:rootSecret");
  if (rootSecretFile !== undefined) return readRootSecretFile(inPlace(rootSecretFile, directory));
  throw badInput(
    `${file}: there is no root secret; make a file with (umask 077; head -c 32 /dev/urandom | base64 > root.secret) and set wirewright:rootSecretFile to root.secret`,
  );
}
