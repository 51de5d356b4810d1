import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { up } from "../../lab/up.ts";
import { COMMAND_PLUGIN, findProgram, toolchain } from "../../tools/toolchain.ts";
import { describeLab, scratchLab } from "../support/lab.ts";

jest.setTimeout(180_000);

const PLUGIN_DIR = join("plugins", COMMAND_PLUGIN);

/** As where no cargo has built it: a cache that leads to this machine's but for boringtun, and a PATH without it. */
function hideBoringtun(cache: string): void {
  const { pulumi, languageHost, wireguardGo, commandPlugin } = toolchain();
  for (const dir of ["bin", PLUGIN_DIR]) mkdirSync(join(cache, dir), { recursive: true });
  const programs = [pulumi, languageHost, wireguardGo].map((program) => [program, "bin"] as const);
  for (const [program = "", dir] of [...programs, [commandPlugin, PLUGIN_DIR] as const]) {
    symlinkSync(program, join(cache, dir, basename(program)));
  }
  const path = (process.env.PATH ?? "").split(delimiter).filter((dir) => !findProgram("boringtun-cli", [dir]));
  process.env.PATH = path.join(delimiter);
  process.env.WIREWRIGHT_CACHE = cache;
}

describeLab("a lab on a machine without boringtun", () => {
  const { PATH, WIREWRIGHT_CACHE } = process.env;
  const cache = mkdtempSync(join(tmpdir(), "wirewright-cache-"));
  const scratch = scratchLab("plain");

  beforeAll(() => hideBoringtun(cache));
  afterAll(async () => {
    await scratch.close();
    process.env.PATH = PATH;
    if (WIREWRIGHT_CACHE === undefined) delete process.env.WIREWRIGHT_CACHE;
    else process.env.WIREWRIGHT_CACHE = WIREWRIGHT_CACHE;
    rmSync(cache, { recursive: true });
  });

  test("puts wireguard-go in its place, in the settings of its stacks alone, and says so", async () => {
    const steps: string[] = [];
    const remarks = await up(scratch.lab, { onStep: (step) => steps.push(step) });
    expect(remarks).toEqual([expect.stringContaining("no boringtun here")]);
    expect(steps).toEqual(expect.arrayContaining(remarks));
    const [ours, labs] = [scratch.lab.checkout, join(scratch.lab.dir, "project")].map((dir) =>
      readFileSync(join(dir, "Pulumi.nas.yaml"), "utf8"),
    );
    expect(ours).toContain("implementation: boringtun");
    expect(labs).toBe(ours?.replaceAll("boringtun", "wireguard-go"));
    expect(await scratch.sh("command -v boringtun-cli", "nas")).toMatchObject({ stdout: "" });
    expect(await scratch.sh("command -v wireguard-go", "nas")).toMatchObject({ code: 0 });
  });

  test("has copies of what its cache only links to", async () => {
    const plugin = join(scratch.lab.dir, "pulumi-home", PLUGIN_DIR, "pulumi-resource-command");
    expect(lstatSync(plugin).isFile()).toBe(true);
    expect(await scratch.sh('test ! -L "$(command -v wireguard-go)"', "nas")).toMatchObject({ code: 0 });
  });
});
