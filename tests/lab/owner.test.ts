import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { down } from "../../lab/down.ts";
import { type Process, startOf } from "../../lab/namespaces/processes.ts";
import { ourselves, requireFree } from "../../lab/owner.ts";
import { DEED, deedOf } from "../../lab/state.ts";
import { labStatus } from "../../lab/status.ts";
import { up } from "../../lab/up.ts";
import { describeLab, type ScratchLab, scratchLab, until } from "../support/lab.ts";

jest.setTimeout(180_000);

describeLab("a lab that was made for a process", () => {
  let scratch: ScratchLab;
  let child: ChildProcess;
  let other: Process;

  beforeEach(() => {
    scratch = scratchLab("owner");
    child = spawn("sleep", ["900"], { stdio: "ignore" });
    other = { pid: child.pid ?? 0, start: startOf(child.pid ?? 0) };
  });
  afterEach(async () => {
    child.kill("SIGKILL");
    await scratch.close();
  });

  test("is no other's to bring up or take down while that lives, and anybody's afterwards", async () => {
    const { lab } = scratch;
    const inUse = `lab "${lab.name}" is in use by process ${other.pid}`;
    await up(lab, { owner: other });
    await up(lab, { owner: other });
    await expect(down(lab, { owner: ourselves() })).rejects.toThrow(inUse);
    await expect(up(lab, { owner: ourselves() })).rejects.toThrow(inUse);
    await up(lab);
    expect(labStatus(lab)).toMatchObject({ state: "up" });
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await down(lab, { owner: ourselves() })).toBe(true);
  });

  test("is the next one's for whom it is brought up, and keeps what its devices are", async () => {
    const { lab } = scratch;
    await up(lab, { kinds: { nas: "openwrt" } });
    await up(lab, { owner: other });
    expect(deedOf(lab)).toMatchObject({ owner: other, checkout: lab.checkout, kinds: { nas: "openwrt" } });
    await expect(down(lab, { owner: ourselves() })).rejects.toThrow(`is in use by process ${other.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    await up(lab, { owner: ourselves() });
    expect(deedOf(lab)?.owner).toEqual(ourselves());
  });

  test("is taken down by a person whenever that is asked for", async () => {
    await up(scratch.lab, { owner: other });
    expect(await down(scratch.lab)).toBe(true);
  });

  test.each<[string, () => Process | undefined]>([
    ["nobody", () => undefined],
    ["who asks", ourselves],
    ["one whose number is another's by now", () => ({ ...other, start: other.start - 1 })],
  ])("is free when it was made for %s", (_, owner) => {
    const { lab } = scratch;
    mkdirSync(lab.dir, { recursive: true });
    writeFileSync(join(lab.dir, DEED), JSON.stringify({ checkout: lab.checkout, owner: owner() }));
    expect(() => requireFree(lab, ourselves())).not.toThrow();
  });

  test("is free when it was made for one that is a zombie", async () => {
    const { lab } = scratch;
    // sleep(1) waits for nobody.
    const parent = spawn("sh", ["-c", "sleep 0.01 & echo $!; exec sleep 900"], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [line] = await once(parent.stdout, "data");
      const owner = { pid: Number(line), start: startOf(Number(line)) };
      mkdirSync(lab.dir, { recursive: true });
      writeFileSync(join(lab.dir, DEED), JSON.stringify({ checkout: lab.checkout, owner }));
      await until("it is one", () => readFileSync(`/proc/${owner.pid}/stat`, "utf8").includes(") Z "));
      expect(() => requireFree(lab, ourselves())).not.toThrow();
    } finally {
      parent.kill("SIGKILL");
    }
  });
});
