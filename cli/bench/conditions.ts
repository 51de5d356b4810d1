import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FINGERPRINT_SCRIPT, fingerprint, parseFacts } from "../../bench/fingerprint.ts";
import type { Fingerprint, Reading, Scenario } from "../../bench/model.ts";
import { orSkip } from "../../bench/reading.ts";
import { execute } from "../../lab/execute.ts";
import { capture } from "../../lab/run.ts";
import type { Lab } from "../../lab/state.ts";
import { CLIENT_IMPLEMENTATION, type Target } from "./runner.ts";

/** What the reader of a number from a lab must know. */
export function labConditions(processors: Reading<string>): readonly string[] {
  const count = "value" in processors ? `${processors.value} processors` : "processors";
  return [
    `Both ends of the tunnel, the network between them and the traffic tools share the ${count} of one machine: the figures show what this machine could do in this minute, not what a device does on a wire.`,
    `The measuring end is ${CLIENT_IMPLEMENTATION} for every interface.`,
    "The client was made anew for every run; the device's daemons were not restarted.",
  ];
}

/** The facts of every device that carries an arm, of the measuring end and of this program. */
export async function labFingerprint(
  lab: Lab,
  targets: readonly Target[],
  scenarios: readonly Scenario[],
): Promise<Fingerprint> {
  const devices = [...new Set(targets.map((target) => target.device))];
  const facts = await Promise.all(
    devices.map(async (device) => {
      const interfaces = targets.filter((target) => target.device === device).map((target) => target.arm.interface);
      const found = await deviceFacts(lab, device, interfaces);
      return Object.entries(found).map(([name, fact]) => [`${device}.${name}`, fact] as const);
    }),
  );
  return fingerprint({
    ...Object.fromEntries(facts.flat()),
    place: { value: "lab: network namespaces of one machine" },
    "client.implementation": { value: CLIENT_IMPLEMENTATION },
    "program.version": { value: version(lab) },
    "program.commit": await commit(lab),
    "scenarios.sha256": { value: createHash("sha256").update(JSON.stringify(scenarios)).digest("hex") },
  });
}

async function deviceFacts(lab: Lab, device: string, interfaces: readonly string[]) {
  const argv = ["sh", "-s", "--", ...interfaces];
  const { stdout } = await capture(lab, { on: device, argv, stdin: FINGERPRINT_SCRIPT, timeoutSeconds: 60 });
  const facts = parseFacts(stdout);
  if (facts === undefined)
    throw new Error(`the fingerprint of ${device} is cut short; try: wirewright lab run --on ${device} -- sh`);
  return facts;
}

function version(lab: Lab): string {
  return (JSON.parse(readFileSync(join(lab.checkout, "package.json"), "utf8")) as { version: string }).version;
}

async function commit(lab: Lab): Promise<Reading<string>> {
  const git = async (...args: readonly string[]) => {
    const { code, stdout } = await execute(["git", "-C", lab.checkout, ...args], { timeoutSeconds: 20 }).catch(() => ({
      code: 1,
      stdout: "",
    }));
    return code === 0 ? stdout.trim() : undefined;
  };
  const [head, changes] = [await git("rev-parse", "HEAD"), await git("status", "--porcelain")];
  return orSkip(
    head === undefined ? undefined : `${head}${changes ? " and uncommitted changes" : ""}`,
    "not a git checkout",
  );
}
