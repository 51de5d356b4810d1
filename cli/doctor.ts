import type { Command } from "commander";
import type { Check } from "./doctor/check.ts";
import { deviceChecks } from "./doctor/devices.ts";
import { labChecks } from "./doctor/lab.ts";
import { ExitCode, printable, printableJson } from "./output.ts";

export interface DoctorOptions {
  readonly json?: boolean;
  /** Count what only the lab needs as well; otherwise it is shown for information. */
  readonly lab?: boolean;
}

export function register(program: Command): void {
  program
    .command("doctor")
    .option("--json", "for programs")
    .option("--lab", "also require what only the lab needs")
    .action(async (options: DoctorOptions) => {
      process.exitCode = await doctor(options);
    });
}

/** Says what this machine and directory have for real devices and for the lab. 0: all that is required, 1: not. */
export async function doctor({ json = false, lab = false }: DoctorOptions): Promise<number> {
  const [devices, network] = await Promise.all([deviceChecks(), labChecks()]);
  const required = lab ? [...devices, ...network] : devices;
  const ready = required.every((check) => check.state === "ok");
  const report = { ready, devices, lab: network };
  process.stdout.write(json ? printableJson(report) : text(report));
  return ready ? ExitCode.done : ExitCode.failed;
}

interface Report {
  readonly ready: boolean;
  readonly devices: readonly Check[];
  readonly lab: readonly Check[];
}

function text({ ready, devices, lab }: Report): string {
  return [
    "for real devices",
    ...devices.map(line),
    "for the lab (npm run demo, npm test)",
    ...lab.map(line),
    ready ? "ready" : "not ready: see the lines that say missing",
    "",
  ].join("\n");
}

function line({ name, state, found, next }: Check): string {
  const what = `  ${state.padEnd(7)} ${name.padEnd(17)} ${printable(found)}`;
  return next === undefined ? what : `${what}\n${" ".repeat(28)}${printable(next)}`;
}
