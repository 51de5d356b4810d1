import { existsSync, readFileSync, statSync } from "node:fs";
import { mayBeSecret } from "../core/domain/text/quote.ts";
import { errorCode } from "../core/thrown.ts";
import { badInput } from "../device/bad-input.ts";
import { inPlace } from "../device/ssh-settings.ts";

const MINIMUM_BYTES = 32;

/** 32 or more bytes from base64 text, in lines or not; throws one sentence, with exit code 2, that never quotes the text. */
export function decodeRootSecret(text: string, origin: string): Uint8Array {
  const compact = text.replace(/\s+/g, "");
  const bytes = Buffer.from(compact, "base64");
  if (bytes.length < MINIMUM_BYTES || bytes.toString("base64") !== compact) {
    throw badInput(
      `${origin} is not base64 of ${MINIMUM_BYTES} or more bytes; make one with: head -c 32 /dev/urandom | base64`,
    );
  }
  return new Uint8Array(bytes);
}

/** Reads the root secret from a file that only its owner can read; every key of the domain derives from it. */
export function readRootSecretFile(file: string): Uint8Array {
  let mode: number;
  let text: string;
  try {
    mode = statSync(file).mode & 0o777;
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw badInput(`the root secret file ${file} cannot be read${howToGo(file, errorCode(error))}`);
  }
  if ((mode & 0o077) !== 0) {
    throw badInput(`the root secret file ${file} has mode ${mode.toString(8)}; close it with: chmod 600 ${file}`);
  }
  return decodeRootSecret(text, `the root secret file ${file}`);
}

/** The same for what a stack says in `rootSecretFile`, which is not repeated where it may be the secret instead of its file. */
export function readNamedRootSecret(rootSecretFile: string, directory: string, stack: string): Uint8Array {
  const file = inPlace(rootSecretFile, directory);
  if (mayBeSecret(rootSecretFile) && !existsSync(file)) {
    throw badInput(
      `wirewright:rootSecretFile of stack ${stack} names no file, and may be the root secret itself, so it is not repeated; write a path there, and if it was the secret, ${newSecret(stack)}`,
    );
  }
  return readRootSecretFile(file);
}

function howToGo(file: string, code: string): string {
  // Another secret is other keys: what is deployed is then somebody else's to this program, and no client gets in.
  if (code === "ENOENT")
    return `; restore your copy of it if anything is deployed with it already; only otherwise make one with: (umask 077; head -c 32 /dev/urandom | base64 > ${file})`;
  return ` (${code}); see with ls -l whether it is a file that you may read`;
}

/** What to say of a stack whose settings hold the secret for everybody to read. */
export function secretInClear(stack: string): string {
  return `Pulumi.${stack}.yaml or Pulumi.yaml holds the root secret in clear; remove it there, then ${newSecret(stack)}`;
}

/** For a secret that stood in clear: whoever has seen the file has it. */
export function newSecret(stack: string): string {
  return `make a new one and store it with: pulumi config set --secret wirewright:rootSecret --stack ${stack}`;
}
