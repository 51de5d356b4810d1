import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { writeLock } from "../../project/intent.ts";
import { HOME, PROGRAM, wirewright, withFiles } from "../support/cli.ts";

jest.setTimeout(120_000);

test("the lock is written beside the file, says what changed, and leaves nothing else behind", () =>
  withFiles({ "domain.example.yaml": HOME }, async (directory) => {
    const lock = () => wirewright(directory, ["lock", "domain.example.yaml"]);
    const first = await lock();
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toBe(
      "domain.example.lock.yaml: written, 4 clients\n+ nas/wg1/runner 2\n+ router/wg0/laptop 2\n+ router/wg0/phone 3\n+ router/wg0/tv 4\n",
    );
    expect(readdirSync(directory).sort()).toEqual(["domain.example.lock.yaml", "domain.example.yaml"]);
    const written = readFileSync(join(directory, "domain.example.lock.yaml"), "utf8");

    expect((await lock()).out).toBe("domain.example.lock.yaml: current, 4 clients\n");
    expect(readFileSync(join(directory, "domain.example.lock.yaml"), "utf8")).toBe(written);

    const changed = HOME.replace("      laptop: {}\n", "      aaa: {}\n");
    writeFileSync(join(directory, "domain.example.yaml"), changed);
    expect((await lock()).out).toBe(
      "domain.example.lock.yaml: written, 4 clients\n+ router/wg0/aaa 5\n- router/wg0/laptop 2\n",
    );
  }));

test("check, plan and a refused lock write nothing", () =>
  withFiles({ "domain.yaml": HOME, "bad.yaml": "version: 2\n" }, async (directory) => {
    await Promise.all(
      [
        ["check", "domain.yaml"],
        ["plan", "domain.yaml"],
        ["lock", "bad.yaml"],
      ].map((args) => wirewright(directory, args)),
    );
    expect(existsSync(join(directory, "domain.lock.yaml"))).toBe(false);
    expect(existsSync(join(directory, "bad.lock.yaml"))).toBe(false);
  }));

test("a lock that can't be written is one sentence with the next step, and leaves nothing behind", () =>
  withFiles({ "domain.yaml": HOME }, async (directory) => {
    const lock = (name: string) => () => writeLock({ file: join(directory, name), text: "version: 1\n" });
    expect(lock("nowhere/domain.lock.yaml")).toThrow(/can't be written \(ENOENT\); let your account write to /);
    mkdirSync(join(directory, "domain.lock.yaml"));
    expect(lock("domain.lock.yaml")).toThrow(/^the lock file \S+ can't be written \(EISDIR\); .+$/);
    expect(readdirSync(directory).sort()).toEqual(["domain.lock.yaml", "domain.yaml"]);
  }));

test("a broken lock is a problem at its own line, and is not written over", () => {
  const broken = "version: 1\nhosts:\n  router/wg0/laptop: 2\n  router/wg0/tv: 2\n";
  return withFiles({ "domain.yaml": HOME, "domain.lock.yaml": broken }, async (directory) => {
    const { code, err } = await wirewright(directory, ["lock", "domain.yaml"]);
    expect(code).toBe(2);
    expect(err).toMatch(/^domain\.lock\.yaml:4:1 lock-duplicate /);
    expect(err).toMatch(/^wirewright: domain\.lock\.yaml has a problem; nothing was done$/m);
    expect(readFileSync(join(directory, "domain.lock.yaml"), "utf8")).toBe(broken);
  });
});

test.each([
  ["leads nowhere", "gone/lock.yaml", "this is a symbolic link to a file that does not exist"],
  ["leads to itself", "domain.lock.yaml", "symbolic links lead in a circle"],
])("a lock that is a link and %s is a problem of the lock, and stays", (_, target, found) =>
  withFiles({ "domain.yaml": HOME }, async (directory) => {
    const lock = join(directory, "domain.lock.yaml");
    symlinkSync(target, lock);
    const { code, out, err } = await wirewright(directory, ["lock", "domain.yaml"]);
    expect([code, out]).toEqual([2, ""]);
    const hint = "put a plain file there, or take it away and run wirewright lock";
    expect(err).toContain(`domain.lock.yaml:1:1 unreadable-file ${found}; ${hint}\n`);
    expect(() => writeLock({ file: lock, text: "version: 1\n" })).toThrow(/can't be written \((ENOENT|ELOOP)\)/);
    expect(readlinkSync(lock)).toBe(target);
  }),
);

test("a lock that is a link is written where it leads, whole, and stays a link", () =>
  withFiles({ "domain.yaml": HOME }, async (directory) => {
    mkdirSync(join(directory, "store"));
    const real = join(directory, "store/lock.yaml");
    writeFileSync(real, "version: 1\nhosts:\n  router/wg0/laptop: 9\n");
    const before = lstatSync(real).ino;
    symlinkSync("store/lock.yaml", join(directory, "domain.lock.yaml"));
    const { code, out } = await wirewright(directory, ["lock", "domain.yaml"]);
    expect([code, out.split("\n")[0]]).toEqual([0, "domain.lock.yaml: written, 4 clients"]);
    expect(readlinkSync(join(directory, "domain.lock.yaml"))).toBe("store/lock.yaml");
    expect(readFileSync(real, "utf8")).toContain("  router/wg0/laptop: 9\n  router/wg0/phone: 2\n");
    expect(lstatSync(real).ino).not.toBe(before);
    expect(readdirSync(join(directory, "store"))).toEqual(["lock.yaml"]);
  }));

test("a file name that would act on a terminal is told in words that don't", () =>
  withFiles({ "e\u001b[31mvil.yaml": HOME }, async (directory) => {
    const lock = () => wirewright(directory, ["lock", "e\u001b[31mvil.yaml"]);
    expect((await lock()).out).toMatch(/^e\\u\{1b\}\[31mvil\.lock\.yaml: written, 4 clients\n/);
    expect((await lock()).out).toBe("e\\u{1b}[31mvil.lock.yaml: current, 4 clients\n");
  }));

test.each([
  ["a directory", "folder", "this is a directory"],
  ["a link to itself", "circle.yaml", "symbolic links lead in a circle"],
  ["nothing", "nothing.yaml", "the file does not exist"],
])("beside %s no lock is written, and it is said what is there", (_, name, found) =>
  withFiles({}, async (directory) => {
    mkdirSync(join(directory, "folder"));
    symlinkSync("circle.yaml", join(directory, "circle.yaml"));
    const { code, err } = await wirewright(directory, ["lock", name]);
    expect([code, err.split(";")[0]]).toEqual([2, `${name}:1:1 unreadable-file ${found}`]);
    expect(readdirSync(directory)).toHaveLength(2);
  }),
);

test.each([
  ["a pipe", "pipe"],
  ["a file", "file"],
])("nothing is written beside standard input, which is %s", (_, kind) =>
  withFiles({ "domain.yaml": HOME }, async (directory) => {
    // `sh -c` because Node gives its children sockets for pipes.
    const command = kind === "pipe" ? 'cat domain.yaml | "$@"' : '"$@" < domain.yaml';
    const args = ["-c", command, "sh", process.execPath, PROGRAM, "lock", "/dev/stdin"];
    const { status, stdout, stderr } = spawnSync("sh", args, { cwd: directory, encoding: "utf8", timeout: 60_000 });
    expect([status, stdout, existsSync("/dev/stdin.lock.yaml")]).toEqual([2, "", false]);
    expect(stderr).toBe(
      "wirewright: /dev/stdin is no regular file, so no lock can stand beside it; name the intent file itself\n",
    );
  }),
);
