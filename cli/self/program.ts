import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export const CHECKOUT = join(import.meta.dirname, "../..");

/** Seconds that a program takes from start to end; throws, with its last words, when it fails. Its output is thrown away. */
export async function timed(argv: readonly string[], settings: { readonly cwd?: string } = {}): Promise<number> {
  const [command = "", ...args] = argv;
  const began = performance.now();
  const child = spawn(command, args, { cwd: settings.cwd ?? CHECKOUT, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-500);
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${argv.slice(0, 3).join(" ")} ended with ${code}: ${said.trim()}`);
  return (performance.now() - began) / 1000;
}
