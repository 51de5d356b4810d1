import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseName } from "../../core/domain/names.ts";

const helper = join(import.meta.dirname, "../../device/wgctl");
const shells = [["sh"], ["dash"], ["busybox", "ash"]].filter(([name]) => existsSync(`/bin/${name}`));

test.each(shells)("the helper is a file that %s understands", (...shell) => {
  const [program = "sh", ...applet] = shell;
  const { status, stderr } = spawnSync(`/bin/${program}`, [...applet, "-n", helper], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test.each([
  [[]],
  [["nothing"]],
  [["probe"]],
  [["probe", "12"]],
  [["probe", "0".repeat(32), "../x"]],
  [["apply", "wg0;id", "0", "0"]],
])("a word that the helper does not know ends it with 64 before it does anything: %j", (words) => {
  const { status, stdout, stderr } = spawnSync("/bin/sh", [helper, ...words], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 64, stdout: "" });
  expect(stderr).toMatch(/^wgctl: .+\n$/);
});

test("what the helper refuses as the name of an interface, the intent file refuses too", () => {
  const line = /^ +'' \| \*\[!a-z0-9-\]\* \| -\* \| \?+\* \| (.*)\) return 1/m.exec(readFileSync(helper, "utf8"));
  const names = line?.[1]?.split(" | ") ?? [];
  expect(names).toContain("lo");
  expect(names.filter((name) => "value" in parseName(name, "interface"))).toEqual([]);
});

test("the helper does nothing before its last line, so that half of it on stdin does nothing", () => {
  const text = readFileSync(helper, "utf8");
  expect(text.endsWith('\nmain "$@"\n')).toBe(true);
  const half = text.slice(0, text.length - 'main "$@"\n'.length);
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-s", "--", "nothing"], { input: half, encoding: "utf8" });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
});
