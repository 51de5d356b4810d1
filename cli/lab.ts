import type { Command } from "commander";
import type { Lab } from "../lab/state.ts";
import type { DeviceKind } from "../lab/topology.ts";
import { ExitCode, printable, printableJson } from "./output.ts";

interface LabOptions {
  readonly name?: string;
  readonly json?: boolean;
  readonly on?: string;
  readonly router?: DeviceKind;
  readonly nas?: DeviceKind;
}

/** `wirewright lab …`: a whole network on this machine. Progress goes to stderr, so that stdout stays a command's own. */
export function register(program: Command): void {
  const lab = program.command("lab").enablePositionalOptions();
  const kind = (device: string) =>
    lab
      .createOption(`--${device} <kind>`, `what the ${device} resembles (default: debian)`)
      .choices(["debian", "openwrt"] satisfies DeviceKind[]);
  verb(lab, "up", "bring the lab up, or what has died of it", "wirewright lab up")
    .addOption(kind("router"))
    .addOption(kind("nas"))
    .action(async ({ router, nas, ...options }: LabOptions) => {
      const { up } = await import("../lab/up.ts");
      const started = performance.now();
      const place = await labFor(options.name);
      await up(place, { onStep: say, kinds: { ...(router && { router }), ...(nas && { nas }) } });
      say(
        `lab "${place.name}" is up after ${((performance.now() - started) / 1000).toFixed(1)} s; state in ${place.dir}`,
      );
      const run = `npx wirewright lab run${options.name === undefined ? "" : ` --name ${place.name}`} --`;
      say(`next: ${run} pulumi stack select --create router, then ${run} pulumi up --stack router`);
    });
  verb(lab, "down", "take the lab down; nothing of it stays", "wirewright lab down").action(
    async (options: LabOptions) => {
      const { down } = await import("../lab/down.ts");
      const place = await labFor(options.name);
      const there = await down(place, { onStep: say });
      say(there ? `lab "${place.name}" is gone` : `there is no lab "${place.name}"`);
    },
  );
  verb(lab, "run", "run a command in the lab, by default as the operator", "wirewright lab run --on router -- wg show")
    .option("--on <node>", "device, host or client to run it on", "operator")
    .argument("<command...>", "the command, after --")
    .passThroughOptions()
    .action(async (argv: string[], options: LabOptions) => {
      const { run } = await import("../lab/run.ts");
      const place = await labFor(options.name);
      process.exitCode = await run(place, { on: await nodeFor(place, options.on ?? "operator"), argv });
    });
  verb(lab, "status", "show what of the lab is up (exit 1 unless all of it is)", "wirewright lab status --json")
    .option("--json", "for programs")
    .action(async (options: LabOptions) => {
      const { labStatus } = await import("../lab/status.ts");
      const status = labStatus(await labFor(options.name));
      const rows = status.nodes.map((n) => `${n.state.padEnd(7)} ${n.name.padEnd(10)} ${n.addresses.join(" ")}`);
      const lines = [`lab "${status.name}" is ${status.state}; state in ${status.dir}`, ...rows];
      process.stdout.write(options.json ? printableJson(status) : `${lines.map(printable).join("\n")}\n`);
      process.exitCode = status.state === "up" ? ExitCode.done : ExitCode.failed;
    });
  verb(lab, "reboot", "power a device off and on; its files stay", "wirewright lab reboot router")
    .argument("<device>")
    .action(async (device: string, options: LabOptions) => {
      const { reboot } = await import("../lab/reboot.ts");
      const place = await labFor(options.name);
      await reboot(place, await nodeFor(place, device));
      say(`${device} has rebooted`);
    });
  verb(lab, "replace", "put a brand-new device in its place; only the ssh host key stays", "wirewright lab replace nas")
    .argument("<device>")
    .action(async (device: string, options: LabOptions) => {
      const { replace } = await import("../lab/reboot.ts");
      const place = await labFor(options.name);
      await replace(place, await nodeFor(place, device));
      say(`${device} is brand-new`);
    });
}

function verb(lab: Command, name: string, description: string, example: string): Command {
  return lab
    .command(name)
    .description(description)
    .option("--name <lab>", "which lab (default: $WIREWRIGHT_LAB, else default)")
    .addHelpText("after", `\nExample:\n  ${example}`);
}

/** The lab of that name; one that can't be is bad input. */
export async function labFor(name: string | undefined): Promise<Lab> {
  const { labOf } = await import("../lab/state.ts");
  return labOf(name);
}

async function nodeFor(lab: Lab, name: string): Promise<string> {
  const { nodeOf } = await import("../lab/state.ts");
  return nodeOf(lab, name).name;
}

/** Tells a person what a verb does. */
export function say(line: string): void {
  process.stderr.write(`lab: ${printable(line)}\n`);
}
