import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openLabStack } from "../../cli/input/lab-stack.ts";
import { up } from "../../lab/up.ts";
import { deployByHand } from "../support/deployment.ts";
import { describeLab, type ScratchLab, scratchLab, until } from "../support/lab.ts";

jest.setTimeout(180_000);

const page = readFileSync(join(import.meta.dirname, "../../docs/devices.md"), "utf8");
const removal = page.slice(page.indexOf("## Removing it by hand"));
const recipes = [...removal.matchAll(/```sh\n(.*?)```/gs)].map(([, script = ""]) => script);

/** Everything of a device that removal has to put back. */
const fingerprint = `
ip -o link | sed 's/^[0-9]*: //' | sort; ip -o address | awk '{ print $2, $3, $4 }' | sort
ip route show table all | sort; ip -6 route show table all | sort; ip rule; ip -6 rule; nft -s list ruleset
sysctl -a 2>/dev/null | grep -E 'forwarding|rp_filter|accept_ra' | sort
find /etc /usr/local /var/lib /root /run /var/spool/cron -xdev ! -type d ! -name '*.pid' | sort
ps -eo args= | grep -E '[w]ireguard|[b]oringtun|[w]gctl'`;

describeLab("removal by hand, as docs/devices.md tells it", () => {
  let scratch: ScratchLab;

  beforeAll(async () => {
    scratch = scratchLab("byhand");
    await up(scratch.lab);
  });
  afterAll(() => scratch?.close());

  test.each([
    ["with the helper", 0],
    ["without the helper", 1],
  ])("%s leaves the device as it was", async (_how, which) => {
    const { stdout: before } = await scratch.sh(fingerprint, "nas");
    await deployByHand(scratch.lab, await openLabStack(scratch.lab, "nas"));
    const { stdout: deployed } = await scratch.sh(fingerprint, "nas");
    expect(deployed).toContain("wirewright_wg15");
    await scratch.read(recipes[which] ?? "false", "nas");
    // A daemon that was told to end takes its link along a moment later.
    await until(
      "the daemons have ended",
      async () => (await scratch.sh("pidof wireguard-go boringtun-cli", "nas")).code === 1,
    );
    const { stdout: after } = await scratch.sh(fingerprint, "nas");
    expect(after).toBe(before);
  });
});
