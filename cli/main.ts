import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { ExitCode, errorText, exitCodeOf } from "./output.ts";

/**
 * How a verb plugs in: its file exports `register(program)`, which adds one command of that name with its arguments,
 * options and action. Description and example come from the table below. Only the file of the verb asked for is
 * imported, and it should import what is heavy inside its action. An action sets `process.exitCode` (0 done, 1 failed,
 * 2 bad input or usage, 3 difference found) or throws: an Error ends as one line and exit code 1, or 2 with `badInput`.
 */
export type Register = (program: Command) => void;

interface Verb {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  readonly load: () => Promise<Register>;
}

const VERBS: readonly Verb[] = [
  {
    name: "check",
    description: "find every fault of an intent file; contacts nothing",
    example: "wirewright check domain.yaml",
    load: async () => (await import("./check.ts")).register,
  },
  {
    name: "plan",
    description: "show what an intent file compiles to; holds no secret",
    example: "wirewright plan domain.yaml --server router",
    load: async () => (await import("./plan.ts")).register,
  },
  {
    name: "lock",
    description: "write the address lock beside an intent file",
    example: "wirewright lock domain.yaml",
    load: async () => (await import("./lock.ts")).register,
  },
  {
    name: "client",
    description: "hand one client's configuration to a person: text, file or QR code",
    example: "wirewright client domain.yaml router/wg0/phone --qr",
    load: async () => (await import("./client.ts")).register,
  },
  {
    name: "why",
    description: "explain which binding, profile and rule decide about one packet",
    example: "wirewright why domain.yaml router/wg0/laptop 192.168.1.10 tcp/22",
    load: async () => (await import("./why.ts")).register,
  },
  {
    name: "matrix",
    description: "show who reaches what",
    example: "wirewright matrix domain.yaml --json",
    load: async () => (await import("./matrix.ts")).register,
  },
  {
    name: "status",
    description: "compare a live device with its plan, property by property",
    example: "wirewright status --stack router",
    load: async () => (await import("./status.ts")).register,
  },
  {
    name: "verify",
    description: "prove with packets, in the lab, that a device does what its policy says",
    example: "wirewright verify --stack router --samples 40 --seed 7",
    load: async () => (await import("./verify.ts")).register,
  },
  {
    name: "lab",
    description: "run a whole network on this machine",
    example: "wirewright lab up",
    load: async () => (await import("./lab.ts")).register,
  },
  {
    name: "bench",
    description: "measure tunnels, and this program",
    example: "wirewright bench run --stack nas --interface wg1",
    load: async () => (await import("./bench.ts")).register,
  },
  {
    name: "doctor",
    description: "say what this machine lacks",
    example: "wirewright doctor",
    load: async () => (await import("./doctor.ts")).register,
  },
  {
    name: "demo",
    description: "show the main job from set-up to tear-down in the lab",
    example: "npm run demo",
    load: async () => (await import("./demo.ts")).register,
  },
];

/** Runs one command line; returns the exit code. Prints, never throws. */
export async function main(args: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`, EPIPE) and a terminal that was closed (EIO) change nothing: the work is done
  // to its end, and so is its exit code.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") process.exit(ExitCode.failed);
    });
  }
  try {
    const program = await programFor(args.find((arg) => !arg.startsWith("-")));
    await program.parseAsync([...args], { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : ExitCode.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.badInput;
    process.stderr.write(errorText(error));
    return exitCodeOf(error);
  }
}

/** With the verb asked for; with all of them, by name only, when help or a suggestion needs to know them. */
async function programFor(asked: string | undefined): Promise<Command> {
  const program = new Command("wirewright")
    .description("One intent file into running, verified WireGuard.")
    .version(packageVersion())
    .helpCommand(false)
    .showHelpAfterError("(--help shows how)")
    .exitOverride();
  const known = VERBS.find(({ name }) => name === asked);
  for (const verb of known ? [known] : VERBS) {
    if (verb === known) (await verb.load())(program);
    else program.command(verb.name);
    const command = program.commands.find((c) => c.name() === verb.name);
    command?.description(verb.description).addHelpText("after", `\nExample:\n  ${verb.example}`);
  }
  return program;
}

function packageVersion(): string {
  const file: { version: string } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  return file.version;
}
