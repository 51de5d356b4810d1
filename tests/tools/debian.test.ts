import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TOOLS = join(__dirname, "../../tools");
let fake: string;

beforeEach(() => {
  fake = mkdtempSync(join(tmpdir(), "wirewright-debian-"));
});
afterEach(() => rmSync(fake, { recursive: true, force: true }));

/** What set-up would install where dpkg-query answers so. */
function missingPackages(dpkgQuery: string): readonly string[] {
  writeFileSync(join(fake, "dpkg-query"), `#!/bin/sh\n${dpkgQuery}\n`);
  chmodSync(join(fake, "dpkg-query"), 0o755);
  const script = '. "$1/debian.sh"; set -- $(missing_packages $packages); echo "$@"';
  const env = { PATH: `${fake}:/usr/bin:/bin` };
  return execFileSync("sh", ["-euc", script, "sh", TOOLS], { env, encoding: "utf8" }).trim().split(/\s+/);
}

test("a package that dpkg removed, half installed or never heard of is missing", () => {
  const missing = missingPackages(`printf 'ii nftables rc iperf3 iU cron un strace '; exit 1`);
  expect(missing).toEqual(expect.arrayContaining(["iperf3", "cron", "strace", "wireguard-tools"]));
  expect(missing).not.toContain("nftables");
});

test("an installed package that somebody holds is not missing", () => {
  expect(missingPackages("printf 'hi strace '")).not.toContain("strace");
});
