import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const PROGRAM = join(import.meta.dirname, "../../cli/wirewright.mjs");
const TIMEOUT_MS = 60_000;

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real program; bounded in time. */
export function wirewright(directory: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = {
      cwd: directory,
      timeout: TIMEOUT_MS,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    } as const;
    execFile(process.execPath, [PROGRAM, ...args], options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}

/** A directory with these files, gone after the work. */
export async function withFiles<T>(
  files: Readonly<Record<string, string>>,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "wirewright-cli-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: 0o600 });
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A home as in the documentation, small enough to read in a test. */
export const HOME = `version: 1
servers:
  router:
    address: 192.168.1.1
    endpoint: vpn.example.net
    interfaces:
      wg0: { port: 51820, network: [10.66.0.0/24, "fd00:66::/64"] }
  nas:
    address: 192.168.1.2
    interfaces:
      wg1: { port: 51821, network: [10.66.1.0/24] }
subnets:
  lan: [192.168.1.0/24]
profiles:
  admin: { reach: [lan, internet, self] }
  media: { reach: [{ to: lan, ports: [tcp/443, icmp] }] }
  lab: { reach: [self] }
bindings:
  - profile: admin
    interface: router/wg0
    clients:
      laptop: {}
      phone: { publicKey: "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=" }
  - profile: media
    interface: router/wg0
    clients: { tv: {} }
  - profile: lab
    interface: nas/wg1
    clients: { runner: {} }
`;
