import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addClient } from "../../lab/client.ts";
import { down } from "../../lab/down.ts";
import { execute } from "../../lab/execute.ts";
import { initOf } from "../../lab/namespaces/node.ts";
import { capture, spawnOn } from "../../lab/run.ts";
import { type Lab, labOf, nodeOf } from "../../lab/state.ts";
import { labStatus } from "../../lab/status.ts";
import { topology } from "../../lab/topology.ts";
import { up } from "../../lab/up.ts";
import {
  cli,
  describeLab,
  launcher,
  machine,
  namespacesOf,
  type ScratchLab,
  scratchLab,
  sysctls,
  until,
} from "../support/lab.ts";

jest.setTimeout(180_000);

describeLab("a lab and the machine it runs on", () => {
  let scratch: ScratchLab;
  let lab: Lab;
  let before: Record<string, unknown>;

  beforeEach(async () => {
    scratch = scratchLab("host");
    lab = scratch.lab;
    before = await machine(lab);
  });
  afterEach(() => scratch?.close());

  test("leaves the machine as it was, up and down", async () => {
    const settings = await sysctls();
    await up(lab);
    await addClient(lab, { name: "guest", at: "wan" });
    await capture(lab, {
      on: "nas",
      argv: ["sh", "-c", "nft add table inet x; wireguard-go wg1 </dev/null >/dev/null 2>&1"],
    });
    const { namespaces, mounts, state, processes, ...rest } = await machine(lab);
    expect(rest).toEqual(Object.fromEntries(Object.keys(rest).map((key) => [key, before[key]])));
    expect([namespaces, state]).toEqual([
      expect.arrayContaining([`ww-${lab.name}-router`, `ww-${lab.name}-guest`]),
      true,
    ]);
    await down(lab);
    expect(await machine(lab)).toEqual(before);
    const after = await sysctls();
    // A kernel module that was loaded meanwhile may bring new ones.
    expect([...settings].filter(([key, value]) => after.get(key) !== value)).toEqual([]);
  });

  test("a down without a lab is harmless, twice too", async () => {
    expect([await down(lab), await down(lab)]).toEqual([false, false]);
    await up(lab);
    expect([await down(lab), await down(lab)]).toEqual([true, false]);
    expect(await machine(lab)).toEqual(before);
  });

  // From the first namespace to the last one, so that the kill falls into different steps.
  test.each([1, 2, 3, 5, 7])(
    "an up that was killed when %i namespaces were there is taken down whole",
    async (count) => {
      const child = cli(["lab", "up", "--name", lab.name]);
      const ended = once(child, "exit");
      await until("so many are there", () => namespacesOf(lab.name).length >= count);
      child.kill("SIGKILL");
      await ended;
      expect(await down(lab)).toBe(true);
      expect(await machine(lab)).toEqual(before);
    },
  );

  test("two ups at once make one lab", async () => {
    await Promise.all([up(lab), up(lab)]);
    expect(labStatus(lab).state).toBe("up");
  });

  test("an up keeps nothing open that its caller had open", async () => {
    // A number so high that Node, which looks at the first few only, hands it on to what it starts.
    const words = [process.execPath, launcher, "lab", "up", "--name", lab.name];
    const child = spawn("bash", ["-c", 'exec 200>&1; exec "$@"', "bash", ...words], { env: process.env });
    for (const stream of [child.stdout, child.stderr]) stream.resume();
    // Comes when the last holder of a pipe has let go, not when the child ends.
    expect(await once(child, "close")).toEqual([0, null]);
    expect(labStatus(lab).state).toBe("up");
  });

  test("an up that was killed midway is completed by the next one", async () => {
    const child = cli(["lab", "up", "--name", lab.name]);
    await until("three namespaces are there", () => namespacesOf(lab.name).length >= 3);
    child.kill("SIGKILL");
    await once(child, "exit");
    await up(lab);
    expect(labStatus(lab).state).toBe("up");
    expect(await scratch.sh("ping -c 1 -W 5 1.1.1.1", "lanhost")).toMatchObject({ code: 0 });
  });

  test("a down that was killed midway is completed by the next one", async () => {
    await up(lab);
    const child = cli(["lab", "down", "--name", lab.name]);
    await until("it has begun", () => namespacesOf(lab.name).length < topology.nodes.length);
    child.kill("SIGKILL");
    await once(child, "exit");
    await down(lab);
    expect(await machine(lab)).toEqual(before);
  });

  test("down ends what still runs in the lab, also after its inits were killed", async () => {
    await up(lab);
    // So long that nobody else's run sleeps as long.
    const seconds = (number: number) => `${number}.${process.pid}`;
    const busy = [spawnOn(lab, "operator", ["sleep", seconds(801)]), spawnOn(lab, "nas", ["sleep", seconds(802)])];
    const detached = `setsid sh -c 'trap "" TERM HUP INT; while :; do sleep ${seconds(803)}; done' >/dev/null 2>&1 </dev/null &`;
    for (const on of ["operator", "router"]) await scratch.read(detached, on);
    await until("they run", async () => (await scratch.sh(`pgrep -fx 'sleep ${seconds(803)}'`, "router")).code === 0);
    for (const node of ["router", "camera"]) process.kill(initOf(lab, nodeOf(lab, node)) ?? 0, "SIGKILL");
    await down(lab);
    await Promise.all(
      busy.filter((child) => child.exitCode === null && child.signalCode === null).map((child) => once(child, "exit")),
    );
    expect(await machine(lab)).toEqual(before);
    for (const number of [801, 802, 803])
      expect(await execute(["pgrep", "-fx", `sleep ${seconds(number)}`])).toMatchObject({ code: 1 });
  });

  test("a lab whose state directory was lost is refused by up and removed by down", async () => {
    await up(lab);
    const elsewhere = { ...lab, dir: `${lab.dir}x` };
    await expect(up(elsewhere)).rejects.toThrow("choose another name");
    expect(labStatus(lab).state).toBe("up");
    expect(await down(elsewhere)).toBe(true);
    expect(namespacesOf(lab.name)).toEqual([]);
  });

  test("down removes nothing from a directory that no lab has made", async () => {
    mkdirSync(lab.dir, { recursive: true });
    writeFileSync(join(lab.dir, "thesis.txt"), "years of work");
    await down(lab);
    expect(await execute(["cat", join(lab.dir, "thesis.txt")])).toMatchObject({ stdout: "years of work" });
  });

  test("two labs side by side neither see nor hurt each other", async () => {
    const other = labOf(`${lab.name}b`);
    await Promise.all([up(lab), up(other)]);
    const writeDown = (place: Lab) =>
      capture(place, { on: "nas", argv: ["sh", "-c", `echo ${place.name} > /etc/whose`] });
    await Promise.all([writeDown(lab), writeDown(other)]);
    const whose = (place: Lab) =>
      capture(place, { argv: ["ssh", "-o", "BatchMode=yes", "192.168.1.2", "cat", "/etc/whose"] });
    expect([(await whose(lab)).stdout, (await whose(other)).stdout]).toEqual([`${lab.name}\n`, `${other.name}\n`]);
    await down(lab);
    expect(labStatus(other).state).toBe("up");
    expect((await whose(other)).stdout).toBe(`${other.name}\n`);
    await down(other);
    expect(await machine(other)).toMatchObject({ namespaces: [], processes: [], state: false });
  });

  test.each(["Lab", "a-b", "../x", "", "x".repeat(25)])("%j can't name a lab", (name) => {
    expect(() => labOf(name)).toThrow(/can't name a lab/);
  });
});
