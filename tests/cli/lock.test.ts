import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { emptyLock, formatLock } from "../../core/plan/lock-file.ts";
import { writeLock } from "../../project/intent.ts";
import { HOME, PROGRAM, wirewright, withFiles } from "../support/cli.ts";

jest.setTimeout(120_000);

const DESERTED = `version: 1
servers:
  r: { address: 192.0.2.1, interfaces: { wg0: { port: 1, network: [10.1.0.0/29] } } }
`;

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

/** Private nodes: never one that the machine uses. They need root. */
const withNodes = process.getuid?.() === 0 ? test.each : test.skip.each;
const makeNode = (file: string, kind: string): void => {
  const make =
    kind === "pipe" ? ["mkfifo", file] : ["mknod", file, ...(kind === "block" ? ["b", "7", "255"] : ["c", "1", "3"])];
  execFileSync(make[0] ?? "", make.slice(1));
};

withNodes([
  ["a device node", "null", "node"],
  ["a link to a device node", "null", "link"],
  ["a link to a block device", "block", "link"],
  ["a link to a pipe", "pipe", "link"],
])("a lock that is %s is refused for reading and for writing, and stays", (_, kind, way) =>
  withFiles({ "domain.yaml": HOME }, async (directory) => {
    const lock = join(directory, "domain.lock.yaml");
    const node = way === "link" ? join(directory, "store") : lock;
    makeNode(node, kind);
    if (way === "link") symlinkSync("store", lock);
    const before = lstatSync(node);
    for (const verb of ["lock", "check"]) {
      const { code, out, err } = await wirewright(directory, [verb, "domain.yaml"]);
      expect(code).toBe(2);
      const found = kind === "pipe" ? "this is a pipe" : "this is a device";
      const hint = "put a plain file there, or take it away and run wirewright lock";
      expect(out + err).toContain(`domain.lock.yaml:1:1 unreadable-file ${found}; ${hint}\n`);
    }
    const write = () => writeLock({ file: lock, text: "version: 1\n" });
    expect(write).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(write).toThrow(/^the lock file \S+ is no plain file; put a plain file there, .+$/);
    const { ino, mode, rdev } = before;
    expect(lstatSync(node)).toMatchObject({ ino, mode, rdev });
    expect(readdirSync(directory)).toHaveLength(way === "link" ? 3 : 2);
  }),
);

test.each([
  ["nothing", "", "is empty", 1],
  ["white space", " \n\n", "is empty", 1],
  ["its first lines", "version: 1\nhosts:\n", "has nothing behind `hosts:`", 2],
])("a lock of which only %s is left is a problem, moves nobody and stays", (_, left, found, line) =>
  withFiles({ "domain.yaml": HOME, store: left }, async (directory) => {
    const lock = join(directory, "domain.lock.yaml");
    for (const way of ["file", "link"]) {
      if (way === "link") symlinkSync("store", lock);
      else writeFileSync(lock, left);
      for (const verb of ["lock", "check", "plan"]) {
        const { code, out, err } = await wirewright(directory, [verb, "domain.yaml"]);
        expect([verb, code]).toEqual([verb, 2]);
        expect(out + err).toContain(`domain.lock.yaml:${line}:1 lock-cut the lock file ${found}; `);
        expect(out + err).toContain("restore it from version control, or delete it and run wirewright lock");
      }
      expect(readFileSync(lock, "utf8")).toBe(left);
      rmSync(lock); // what the hint says
      expect(await wirewright(directory, ["lock", "domain.yaml"])).toMatchObject({ code: 0 });
      expect(readFileSync(lock, "utf8")).toContain("  router/wg0/phone: 3\n");
      rmSync(lock);
    }
    expect(readFileSync(join(directory, "store"), "utf8")).toBe(left);
  }),
);

test("an intent without clients has a lock that is read again", () =>
  withFiles({ "domain.yaml": DESERTED }, async (directory) => {
    const lock = () => wirewright(directory, ["lock", "domain.yaml"]);
    expect(await lock()).toMatchObject({ code: 0, out: "domain.lock.yaml: written, 0 clients\n" });
    expect(await lock()).toMatchObject({ code: 0, out: "domain.lock.yaml: current, 0 clients\n" });
  }));

test.each([
  ["a file", 0o660, "domain.lock.yaml"],
  ["a file of its owner alone", 0o600, "domain.lock.yaml"],
  ["what a link leads to", 0o664, "store"],
])("the mode of %s is kept", (_, mode, name) =>
  withFiles({ "domain.yaml": HOME, [name]: formatLock(emptyLock) }, async (directory) => {
    if (name === "store") symlinkSync("store", join(directory, "domain.lock.yaml"));
    chmodSync(join(directory, name), mode);
    expect(await wirewright(directory, ["lock", "domain.yaml"])).toMatchObject({ code: 0 });
    expect(statSync(join(directory, name)).mode & 0o7777).toBe(mode);
  }),
);

test("a lock that is a link is written where it leads, whole, and stays a link", () =>
  withFiles({ "domain.yaml": HOME }, async (directory) => {
    mkdirSync(join(directory, "store"));
    const real = join(directory, "store/lock.yaml");
    writeFileSync(real, "version: 1\nhosts:\n  router/wg0/laptop: 9\nreleased: {}\n");
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
