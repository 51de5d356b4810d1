import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boot, initOf } from "../../lab/namespaces/node.ts";
import { nodeOf } from "../../lab/state.ts";
import { labStatus } from "../../lab/status.ts";
import { up } from "../../lab/up.ts";
import { describeLab, type ScratchLab, scratchLab, until } from "../support/lab.ts";

jest.setTimeout(180_000);

describeLab("a boot", () => {
  let scratch: ScratchLab;
  let elsewhere: string;
  beforeAll(async () => {
    elsewhere = mkdtempSync(join(tmpdir(), "wirewright-boot-"));
    scratch = scratchLab("boot");
    await up(scratch.lab);
  });
  afterAll(async () => {
    await scratch.close();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  test.each([
    ["hangs", "echo mounting >&2; exec sleep 900", /^camera did not come up: mounting; see .*console\.log$/],
    ["ends at once", "echo no way >&2; exit 1", /^camera did not come up: (.* \| )?no way; see .*console\.log$/],
  ])("whose init %s says so, leaves no process behind, and the next up repairs it", async (_, init, said) => {
    const { lab } = scratch;
    const camera = nodeOf(lab, "camera");
    mkdirSync(join(elsewhere, "lab/init"), { recursive: true });
    writeFileSync(join(elsewhere, "lab/init/host.sh"), init);
    await expect(boot({ ...lab, checkout: elsewhere }, camera, 2)).rejects.toThrow(said);
    await until("its init has ended", () => initOf(lab, camera) === undefined);
    expect(labStatus(lab)).toMatchObject({ state: "broken" });
    await up(lab);
    expect(labStatus(lab)).toMatchObject({ state: "up" });
  });
});
