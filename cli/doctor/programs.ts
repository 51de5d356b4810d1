import { existsSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../tools/toolchain.ts";
import { type Check, missing, ok, output } from "./check.ts";

const CHECKOUT = join(import.meta.dirname, "../..");
/** What npx and npm put on the PATH of what they run, and pulumi never sees. */
const OF_PACKAGES = /(?:^|\/)node_modules\/\.bin\/?$/;

/** What must be installed to deploy, whatever the stack. */
export async function programChecks(): Promise<readonly Check[]> {
  return [await node(), await pulumi(), packages()];
}

/** Pulumi's language host runs the node of the PATH; the one among the packages serves only this CLI and the lab. */
async function node(): Promise<Check> {
  const path = (process.env.PATH ?? "").split(":").filter((place) => !OF_PACKAGES.test(place));
  const file = findProgram("node", path);
  const version = file && (await output([file, "--version"]));
  // Without a flag since 22.18, but in the 23 line only since 23.6.
  const [major, minor] = version?.startsWith("v23.") ? ([23, 6] as const) : ([22, 18] as const);
  const next = `install Node ${major}.${minor} or later: pulumi runs the node on your PATH, and older ones don't read TypeScript`;
  if (!version) return missing("node", file ? `${file} does not run` : "not on PATH", next);
  return isAtLeast(version, major, minor) ? ok("node", version) : missing("node", `${version} (${file})`, next);
}

async function pulumi(): Promise<Check> {
  const next = "install Pulumi 3.227 or later, https://www.pulumi.com/docs/install";
  const version = await output(["pulumi", "version"]);
  if (version === undefined) return missing("pulumi", "not on PATH, or it does not run", next);
  return isAtLeast(version, 3, 227) ? ok("pulumi", version) : missing("pulumi", version, next);
}

function packages(): Check {
  if (existsSync(join(CHECKOUT, "node_modules/@pulumi/command"))) return ok("npm packages", "installed");
  return missing("npm packages", "not installed", `npm ci --ignore-scripts in ${CHECKOUT}`);
}

function isAtLeast(version: string, wantedMajor: number, wantedMinor: number): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
