#!/usr/bin/env node
// Written in syntax that an old Node can read, so that an old Node gets a sentence instead of a syntax error.
import { existsSync, readFileSync, statSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
/** Beside the code it is made from and as trusted as that; a folder in /tmp would be anybody's to plant. */
const cache = join(modules, ".cache", "wirewright");

/** Without a flag that is 22.18 and later, but 23 only since 23.6. */
function runsTypeScript(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

/** The Node that this package brings along, where npm has installed it. */
function bundledNode() {
  const binary = join(modules, `node-${process.platform}-${process.arch}`, "bin", "node");
  return existsSync(binary) ? binary : undefined;
}

async function runWith(binary) {
  const { spawn } = await import("node:child_process");
  const child = spawn(binary, process.argv.slice(1), { stdio: "inherit" });
  // A terminal signals the whole group; this covers a signal sent to this process alone, and keeps it waiting.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => refuse(error.message));
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

function refuse(reason) {
  process.stderr.write(`wirewright: ${reason}\n`);
  process.exitCode = 1;
}

/** The whole program in a few files, when it was made of these very sources; `bundle.mjs` makes it and says why. */
function currentBundle() {
  try {
    const { root: from, entry, always, verbs } = JSON.parse(readFileSync(join(cache, "bundle.json"), "utf8"));
    const isSame = ([path, size, changed]) => {
      const found = statSync(join(root, path));
      return found.size === size && found.ctimeMs === changed;
    };
    // A checkout that was copied brings along the bundle of the one it was copied from.
    if (from !== root || !existsSync(entry)) return undefined;
    return [...always, ...(verbs[process.argv[2]] ?? [])].every(isSame) ? entry : undefined;
  } catch {
    return undefined;
  }
}

async function runHere() {
  if (module.enableCompileCache) module.enableCompileCache(cache);
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === "object" && rest[0] !== null ? rest[0].type : rest[0];
    if (type !== "ExperimentalWarning") emitWarning.call(process, warning, ...rest);
  };
  const { main } = await import(currentBundle() ?? (await (await import("./bundle.mjs")).makeBundle(root, cache)));
  process.exitCode = await main(process.argv.slice(2));
}

const bundled = bundledNode();
if (!existsSync(join(modules, "commander"))) refuse(`the packages are not installed; run npm ci in ${root}`);
else if (runsTypeScript(process.versions.node)) runHere().catch((error) => refuse(error.message));
else if (bundled) runWith(bundled).catch((error) => refuse(error.message));
else refuse(`needs Node 22.18 or later, found ${process.version}; install a newer Node or run npm ci here`);
