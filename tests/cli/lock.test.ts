import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeLock } from "../../project/intent.ts";
import { HOME, wirewright, withFiles } from "../support/cli.ts";

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
