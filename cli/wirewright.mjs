#!/usr/bin/env node
// Written in syntax that an old Node can read, so that an old Node gets a sentence instead of a syntax error.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");

/** Node 22.18 is the first that runs TypeScript without a flag. */
function runsTypeScript(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

/** The Node that this package brings along, where npm has installed it. */
function bundledNode() {
  const binary = join(modules, `node-${process.platform}-${process.arch}`, "bin", "node");
  return existsSync(binary) ? binary : undefined;
}

function runWith(binary) {
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

async function runHere() {
  // Beside the code it was made from and as trusted as that; the default, a folder in /tmp, is anybody's to plant.
  if (module.enableCompileCache) module.enableCompileCache(join(modules, ".cache", "wirewright"));
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === "object" && rest[0] !== null ? rest[0].type : rest[0];
    if (type !== "ExperimentalWarning") emitWarning.call(process, warning, ...rest);
  };
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
}

const bundled = bundledNode();
if (!existsSync(join(modules, "commander"))) refuse(`the packages are not installed; run npm ci in ${root}`);
else if (runsTypeScript(process.versions.node)) runHere().catch((error) => refuse(error.message));
else if (bundled) runWith(bundled);
else refuse(`needs Node 22.18 or later, found ${process.version}; install a newer Node or run npm ci here`);
