import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TOOLS = join(__dirname, "../../tools");
let fake: string;

beforeEach(() => {
  fake = mkdtempSync(join(tmpdir(), "wirewright-machine-"));
  mkdirSync(join(fake, "cache"));
});
afterEach(() => rmSync(fake, { recursive: true, force: true }));

/** What stands in for `setpriv … unshare … build-machine.sh DIRECTORY`; its last argument is the directory. */
function build(script: string) {
  writeFileSync(join(fake, "setpriv"), `#!/bin/sh\nfor directory; do :; done\n${script}\n`);
  chmodSync(join(fake, "setpriv"), 0o755);
  const env = { PATH: `${fake}:/usr/bin:/bin` };
  return spawnSync(
    "sh",
    ["-euc", 'tools=$1 cache=$2; . "$1/machine.sh"; build_machine', "sh", TOOLS, join(fake, "cache")],
    {
      env,
      encoding: "utf8",
      timeout: 20_000,
    },
  ).status;
}

const disk = () => readFileSync(join(fake, "cache/machine/disk.img"), "utf8").trim();

test("a machine is built once, and stays", () => {
  expect(build('echo first >"$directory/disk.img"')).toBe(0);
  expect(build('echo second >"$directory/disk.img"')).toBe(0);
  expect(disk()).toBe("first");
});

test("one of another recipe is built anew; where that fails, the former one stays and nothing else", () => {
  expect(build('echo first >"$directory/disk.img"')).toBe(0);
  writeFileSync(join(fake, "cache/stamps/machine"), "another\n");
  expect(build('echo half >"$directory/disk.img"; exit 3')).toBe(1);
  expect([disk(), existsSync(join(fake, "cache/machine.new"))]).toEqual(["first", false]);
  expect(build('echo second >"$directory/disk.img"')).toBe(0);
  expect(disk()).toBe("second");
});

test("a build that ended in the middle is begun anew", () => {
  mkdirSync(join(fake, "cache/machine.new/root"), { recursive: true });
  expect(build('[ -z "$(ls "$directory")" ] && echo first >"$directory/disk.img"')).toBe(0);
  expect(disk()).toBe("first");
});
