import { accessSync, constants, existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** What tools/run.sh has built or found. A path is absent when the program is; all are absolute. */
export interface Toolchain {
  readonly cacheRoot: string;
  /** Holds pulumi, pulumi-language-nodejs, wireguard-go, boringtun-cli; an installed Pulumi as links to it. */
  readonly binDir: string;
  /** Laid out like PULUMI_HOME/plugins: `resource-command-v1.2.1/pulumi-resource-command`. */
  readonly pluginDir: string;
  readonly pulumi?: string;
  readonly languageHost?: string;
  readonly commandPlugin?: string;
  readonly wireguardGo?: string;
  readonly boringtun?: string;
}

export const COMMAND_PLUGIN = "resource-command-v1.2.1";

/** Looks, runs nothing. The cache comes before PATH: set-up has put a link there to whatever wins. */
export function toolchain(env: NodeJS.ProcessEnv = process.env): Toolchain {
  const cacheRoot =
    env.WIREWRIGHT_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "wirewright");
  const binDir = join(cacheRoot, "bin");
  const pluginDir = join(cacheRoot, "plugins");
  const path = (env.PATH ?? "").split(delimiter);
  const found = {
    pulumi: findProgram("pulumi", [binDir, ...path]),
    languageHost: findProgram("pulumi-language-nodejs", [binDir, ...path]),
    commandPlugin: findProgram("pulumi-resource-command", [join(pluginDir, COMMAND_PLUGIN)]),
    wireguardGo: findProgram("wireguard-go", [binDir, ...path]),
    boringtun: findProgram("boringtun-cli", [binDir, ...path]),
  };
  const present = Object.entries(found).filter(([, file]) => file !== undefined);
  return { cacheRoot, binDir, pluginDir, ...Object.fromEntries(present) };
}

/** Why this machine can't run the lab tests, or nothing. */
export function noLabBecause({ pulumi, languageHost, commandPlugin, wireguardGo }: Toolchain): string | undefined {
  if (process.getuid?.() !== 0) return "the lab needs root, for network namespaces";
  if (!existsSync("/etc/debian_version")) return "the lab needs Debian";
  const parts = {
    pulumi,
    "its Node language host": languageHost,
    "the command plugin": commandPlugin,
    "wireguard-go": wireguardGo,
  };
  const missing = Object.entries(parts).flatMap(([name, file]) => (file === undefined ? [name] : []));
  return missing.length === 0 ? undefined : `no ${missing.join(", ")}; sh tools/run.sh setup builds them`;
}

/** The first directory's program of that name that may be executed. */
export function findProgram(name: string, directories: readonly string[]): string | undefined {
  return directories
    .filter(Boolean)
    .map((dir) => join(dir, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    // A directory may be "executed" too.
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
