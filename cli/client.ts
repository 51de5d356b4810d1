import { lstatSync } from "node:fs";
import type { Command } from "commander";
import type { InterfacePlan, PeerPlan, ServerPlan } from "../core/plan/types.ts";
import { badInput } from "../device/bad-input.ts";
import { printable, unwritable } from "./output.ts";

interface Options {
  readonly qr?: true;
  readonly out?: string;
  readonly stack?: string;
}

const STANDARD_OUTPUT = "-";

export function register(program: Command): void {
  program
    .command("client")
    .argument("<file>", "the intent file")
    .argument("<client>", "SERVER/INTERFACE/CLIENT")
    .option("--qr", "as a QR code: in the terminal, or as a picture when --out ends in .png")
    .option("--out <file>", "write it there, a file that is not there yet, readable by you alone; - is standard output")
    .option("--stack <name>", "take settings and root secret from this stack (default: the one that deploys SERVER)")
    .action((file: string, path: string, { out, ...options }: Options) =>
      client(file, path, out === undefined || out === STANDARD_OUTPUT ? options : { ...options, out }),
    );
}

/** Hands out one client's configuration. It holds keys, so it goes to stdout or to a 0600 file and nowhere else. */
async function client(file: string, path: string, options: Options): Promise<void> {
  const { mustReadIntent } = await import("./input/must-read-intent.ts");
  const intent = mustReadIntent(file);
  const { plan, wg, peer } = findClient(intent.plans, path);
  if (options.qr && peer.key.kind === "given") {
    throw badInput(
      `${path} brought its own key, which a QR code can't hold; hand over the text and let its owner fill it in`,
    );
  }
  refuseMisnamed(options);
  refuseTaken(options);
  const { loadStack } = await import("./input/stack.ts");
  const stack = await loadStack({
    intent,
    server: plan.server,
    ...(options.stack !== undefined && { stack: options.stack }),
  });
  if (stack.config.server !== plan.server) {
    throw badInput(`stack ${stack.name} deploys ${stack.config.server}; name one that deploys ${plan.server}`);
  }
  const { execution } = await import("../core/plan/stack.ts");
  const { renderClient } = await import("../core/render/client.ts");
  const { config, keys } = stack;
  const text = renderClient({ plan, interface: wg, peer, keys, execution: execution(config, wg.name) });
  await handOver(text, options);
  const { lock } = intent;
  if (lock.state === "stale") {
    process.stderr.write(
      `wirewright: ${printable(lock.file)} is not current, so addresses may still change; run wirewright lock ${printable(file)}\n`,
    );
  }
}

function refuseMisnamed({ qr, out }: Options): void {
  if (out === undefined || out.endsWith(".png") === (qr === true)) return;
  throw badInput(
    qr
      ? `${out} does not end in .png, the only picture that is written`
      : `${out} ends as a picture does, and text would be in it; add --qr, or name another file`,
  );
}

/** What is of that name is not ours to destroy: a root secret, an intent file, a device. */
function refuseTaken({ out }: Options): void {
  if (out === undefined || !isThere(out)) return;
  throw badInput(`${out} exists, and nothing is overwritten; name another file, or remove it if it has had its day`);
}

function isThere(file: string): boolean {
  try {
    // A link counts, wherever it leads.
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw unwritable(file, error);
  }
}

interface Found {
  readonly plan: ServerPlan;
  readonly wg: InterfacePlan;
  readonly peer: PeerPlan;
}

const LISTED = 8;

function findClient(plans: readonly ServerPlan[], path: string): Found {
  const all = plans.flatMap((plan) => plan.interfaces.flatMap((wg) => wg.peers.map((peer) => ({ plan, wg, peer }))));
  const found = all.find(({ peer }) => peer.path === path);
  if (found !== undefined) return found;
  if (all.length === 0) {
    throw badInput(`there is no client ${path}: no client is bound to anything yet; add one below bindings`);
  }
  const near = all.filter(({ wg }) => path.startsWith(`${wg.path}/`));
  const names = (near.length > 0 ? near : all).map(({ peer }) => peer.path);
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : "";
  throw badInput(`there is no client ${path}; there are ${names.slice(0, LISTED).join(", ")}${more}`);
}

async function handOver(text: string, { qr, out }: Options): Promise<void> {
  if (out === undefined) {
    process.stdout.write(qr ? await terminalCode(text) : text);
    return;
  }
  const { writeWhole } = await import("../project/write-whole.ts");
  const content = qr ? await picture(text) : text;
  try {
    writeWhole(out, content, { exactly: 0o600 });
  } catch (error) {
    throw unwritable(out, error);
  }
  process.stdout.write(`${printable(out)}: written, readable by you alone\n`);
}

async function terminalCode(text: string): Promise<string> {
  const qrcode = await import("qrcode");
  return orTooLong(() => qrcode.toString(text, { type: "terminal", small: true, errorCorrectionLevel: "L" }));
}

async function picture(text: string): Promise<Uint8Array> {
  const qrcode = await import("qrcode");
  return orTooLong(() => qrcode.toBuffer(text, { type: "png", errorCorrectionLevel: "L", scale: 4 }));
}

/** A code holds 2,953 bytes. Only the size can go wrong, and the library's message may quote the text. */
async function orTooLong<T>(encode: () => Promise<T>): Promise<T> {
  try {
    return await encode();
  } catch {
    throw badInput("the configuration is too long for a QR code; hand over the text instead");
  }
}
