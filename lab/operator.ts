import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import type { Implementation } from "../core/plan/types.ts";
import { toolchain } from "../tools/toolchain.ts";
import { must } from "./execute.ts";
import { deviceDir, type Lab, privateDir, stateRoot } from "./state.ts";
import { topology } from "./topology.ts";

// What the operator has in its hands: a home with keys, a copy of the project, a Pulumi of its own.

const LINKED = [
  "index.ts",
  "core",
  "components",
  "device",
  "cli",
  "bench",
  "lab",
  "project",
  "tools",
  "package.json",
  "node_modules",
];
const COPIED = /^(Pulumi(\..+)?|domain.*)\.ya?ml$/;
const WITHOUT_BORINGTUN = "no boringtun here, which cargo builds: in this lab wireguard-go takes its place";

/**
 * Lays out what is not there yet: keys, secrets and a stack's settings survive a second `lab up`. SSH's own settings and
 * the launcher are written anew each time. Returns a remark.
 */
export async function prepareOperator(lab: Lab): Promise<string | undefined> {
  const ssh = privateDir(join(lab.dir, "home/.ssh"));
  privateDir(join(lab.dir, "pulumi-state"));
  const devices = topology.nodes.filter((node) => node.kind !== "host");
  const hostKeys = devices.map((device) => join(privateDir(deviceDir(lab, device.name)), "host-key"));
  await Promise.all([join(ssh, "id_ed25519"), ...hostKeys].map(ensureKey));
  const known = devices.map((device, i) => {
    const names = [device.name, ...device.links.flatMap((link) => link.addresses)].map((name) =>
      name.replace(/\/.*/, ""),
    );
    const [type, key] = readFileSync(`${hostKeys[i]}.pub`, "utf8").split(" ");
    return `${names.join(",")} ${type} ${key}\n`;
  });
  writeFileSync(join(ssh, "known_hosts"), known.join(""), { mode: 0o600 });
  writeFileSync(join(ssh, "config"), sshConfig(ssh), { mode: 0o600 });
  const { boringtun } = toolchain();
  layOutProject(lab, boringtun === undefined ? "wireguard-go" : "boringtun");
  secret(join(lab.dir, "project/root.secret"), "base64");
  secret(join(lab.dir, "passphrase"), "hex");
  copyPlugins(lab);
  const launcher = join(privateDir(join(lab.dir, "bin")), "wirewright");
  writeFileSync(launcher, `#!/bin/sh\nexec node '${lab.checkout}/cli/wirewright.mjs' "$@"\n`);
  chmodSync(launcher, 0o755);
  return boringtun === undefined ? WITHOUT_BORINGTUN : undefined;
}

/** The environment of every command the operator runs: the caller's, with the lab's own settings on top. */
export function operatorEnvironment(lab: Lab): NodeJS.ProcessEnv {
  // The caller's agent and account are not the operator's.
  const { SSH_AUTH_SOCK, SSH_AGENT_PID, PULUMI_ACCESS_TOKEN, ...caller } = process.env;
  const { binDir, cacheRoot } = toolchain();
  const path = [binDir, join(lab.checkout, "node_modules/.bin"), join(lab.dir, "bin"), caller.PATH ?? ""];
  return {
    ...caller,
    HOME: join(lab.dir, "home"),
    PATH: [...path, "/usr/sbin", "/sbin"].join(delimiter),
    NODE_COMPILE_CACHE: join(lab.dir, "compile-cache"),
    PULUMI_HOME: join(lab.dir, "pulumi-home"),
    PULUMI_BACKEND_URL: `file://${join(lab.dir, "pulumi-state")}`,
    PULUMI_CONFIG_PASSPHRASE: readFileSync(join(lab.dir, "passphrase"), "utf8").trim(),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    WIREWRIGHT_LAB: lab.name,
    WIREWRIGHT_STATE: stateRoot(),
    WIREWRIGHT_CACHE: cacheRoot,
  };
}

async function ensureKey(path: string): Promise<void> {
  if (existsSync(`${path}.pub`)) return;
  await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "wirewright-lab", "-f", path], { stdin: "y\n" });
}

const sshConfig = (ssh: string): string => `Host *
  User root
  IdentityFile ${ssh}/id_ed25519
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${ssh}/known_hosts
  StrictHostKeyChecking yes
  HostKeyAlgorithms ssh-ed25519
`;

/** The interfaces that should run boringtun get `inItsPlace`. */
function layOutProject(lab: Lab, inItsPlace: Implementation): void {
  const project = privateDir(join(lab.dir, "project"));
  const here = new Set(readdirSync(project));
  for (const name of readdirSync(lab.checkout).filter((entry) => !here.has(entry))) {
    const [from, to] = [join(lab.checkout, name), join(project, name)];
    if (COPIED.test(name)) {
      const text = readFileSync(from, "utf8");
      writeFileSync(to, text.replaceAll("implementation: boringtun", `implementation: ${inItsPlace}`));
    }
    if (LINKED.includes(name)) symlinkSync(from, to);
  }
}

function secret(path: string, encoding: "base64" | "hex"): void {
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString(encoding)}\n`, { mode: 0o600 });
}

/** Copies, not links, also of what set-up has linked: a plugin that is swapped in here must not end up in the shared cache. */
function copyPlugins(lab: Lab): void {
  const plugins = privateDir(join(lab.dir, "pulumi-home/plugins"));
  const cached = toolchain().pluginDir;
  for (const name of existsSync(cached) ? readdirSync(cached) : []) {
    if (existsSync(join(plugins, name))) continue;
    mkdirSync(join(plugins, name));
    for (const file of readdirSync(join(cached, name))) {
      copyFileSync(join(cached, name, file), join(plugins, name, file));
    }
  }
}
