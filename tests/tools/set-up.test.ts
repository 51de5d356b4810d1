import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "wirewright-set-up-"));
  cpSync(join(__dirname, "../../tools"), join(checkout, "tools"), { recursive: true });
  mkdirSync(join(checkout, "node_modules/.bin"), { recursive: true });
  for (const file of ["package-lock.json", "node_modules/.package-lock.json"]) writeFileSync(join(checkout, file), "");
});
afterEach(() => rmSync(checkout, { recursive: true }));

const program = (name: string, script: string): void =>
  writeFileSync(join(checkout, "node_modules/.bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

/** Set-up without a lab, where npm has brought a Node of this version. */
function setUp(version: string) {
  // Nobody who could install something.
  program("id", "echo 1000");
  const asked = `"$(printf %s "$2" | sed 's/process\\.versions\\.node/"${version}"/')"`;
  program("node", `case $1 in --version) echo v${version} ;; *) exec ${process.execPath} -e ${asked} ;; esac`);
  const env = { PATH: `${join(checkout, "node_modules/.bin")}:/usr/bin:/bin`, HOME: checkout };
  return spawnSync("sh", ["tools/run.sh", "setup"], { cwd: checkout, env, encoding: "utf8", timeout: 30_000 });
}

test.each(["20.20.2", "22.17.9", "23.0.0", "23.5.1"])(
  "Node %s does not run TypeScript, and set-up says so",
  (version) => {
    const { status, stdout, stderr } = setUp(version);
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain(`v${version} can't run TypeScript`);
  },
);

test.each(["22.18.0", "23.6.0", "24.0.0"])("Node %s is set up with", (version) => {
  expect(setUp(version)).toMatchObject({ status: 0, stdout: expect.stringContaining("npm packages: all there") });
});
