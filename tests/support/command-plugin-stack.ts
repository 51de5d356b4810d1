import { execFile } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMAND_PLUGIN, toolchain } from "../../tools/toolchain.ts";
import type { SshServer } from "./command-plugin-server.ts";

/** One command:remote:Command of a test program, as plain data. */
export interface CommandCase {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Names of inputs that the program marks as secret. */
  readonly secret?: readonly string[];
  readonly opts?: Readonly<Record<string, unknown>>;
}

export interface Outcome {
  readonly code: number;
  /** Standard output and error, in the order of the streams. */
  readonly output: string;
  readonly stdout: string;
}

/** A Pulumi project in a directory of its own, with its own PULUMI_HOME and file backend, on the server's network. */
export interface TestStack {
  readonly directory: string;
  readonly write: (commands: readonly CommandCase[]) => void;
  readonly pulumi: (...args: readonly string[]) => Promise<Outcome>;
}

const CHECKOUT = join(__dirname, "../..");
const COMMAND_SECONDS = 120;

const PROGRAM = `const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const { remote } = require("@pulumi/command");
for (const { name, args, secret = [], opts } of JSON.parse(readFileSync("commands.json", "utf8"))) {
  const marked = Object.fromEntries(secret.map((input) => [input, pulumi.secret(args[input])]));
  const command = new remote.Command(name, { ...args, ...marked }, opts);
  command.stdout.apply(() => console.log(name + " knows its stdout")); // not called while it is unknown
}
`;

/** The plugin under test: of the PULUMI_HOME that is given, or else of the tool cache. */
export function pluginUnderTest(): string | undefined {
  const homes = [...(process.env.PULUMI_HOME ? [join(process.env.PULUMI_HOME, "plugins")] : []), toolchain().pluginDir];
  return homes
    .map((plugins) => join(plugins, COMMAND_PLUGIN, "pulumi-resource-command"))
    .find((file) => existsSync(file));
}

/** Makes the project and its stack. Everything is inside the server's directory and goes with it. */
export async function openStack(server: SshServer, name: string): Promise<TestStack> {
  const directory = join(server.directory, name);
  const home = join(directory, "pulumi-home");
  const project = join(directory, "project");
  const state = join(directory, "state");
  const plugin = join(home, "plugins", COMMAND_PLUGIN); // the engine takes no link for a plugin's directory
  for (const made of [plugin, project, state]) mkdirSync(made, { recursive: true });
  symlinkSync(pluginUnderTest() ?? "", join(plugin, "pulumi-resource-command"));
  symlinkSync(join(CHECKOUT, "node_modules"), join(project, "node_modules"));
  writeFileSync(join(project, "Pulumi.yaml"), "name: conformance\nruntime: nodejs\n");
  writeFileSync(join(project, "package.json"), '{ "main": "index.js" }\n');
  writeFileSync(join(project, "index.js"), PROGRAM);
  const env = {
    HOME: directory,
    LC_ALL: "C.UTF-8",
    PATH: [join(CHECKOUT, "node_modules/.bin"), toolchain().binDir, process.env.PATH].join(":"),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "conformance",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
  };
  const pulumi = (...args: readonly string[]): Promise<Outcome> =>
    execute([...server.enter, "pulumi", ...args, "--non-interactive"], project, env);
  const write = (commands: readonly CommandCase[]): void =>
    writeFileSync(join(project, "commands.json"), JSON.stringify(commands));
  const made = await pulumi("stack", "init", "test");
  if (made.code !== 0) throw new Error(`no stack: ${made.output}`);
  return { directory, write, pulumi };
}

/** timeout(1) leads a process group, so a time-out ends the CLI with its plugins. */
function execute(argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve) => {
    const bounded = ["-k", "5", String(COMMAND_SECONDS), ...argv];
    execFile("timeout", bounded, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, output: stdout + stderr });
    });
  });
}
