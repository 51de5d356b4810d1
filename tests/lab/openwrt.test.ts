import { fingerprintOf } from "../../cli/demo/fingerprint.ts";
import { reboot, replace } from "../../lab/reboot.ts";
import { capture } from "../../lab/run.ts";
import { labStatus } from "../../lab/status.ts";
import { up } from "../../lab/up.ts";
import { describeLab, scratchLab } from "../support/lab.ts";
import { pulumiStack } from "../support/pulumi-stack.ts";

const MINUTES = 60_000;
const scratch = scratchLab("openwrt");
const { lab, sh, read } = scratch;

const { change, preview } = pulumiStack(lab, "router", 200);

async function expectNoDifference(): Promise<void> {
  const { code, stdout } = await preview();
  expect({ code, shown: code === 0 ? "" : stdout }).toEqual({ code: 0, shown: "" });
}

const onRouter = (script: string) => read(script, "router");
const mtu = () => onRouter("cat /sys/class/net/wg0/mtu");
const lastEntry = () => onRouter("tail -n 1 /etc/wirewright/journal");

/** Of everything: the common fingerprint asks ps for what busybox does not know. */
async function fingerprint(): Promise<string> {
  const processes =
    "ps -o args | grep -E '^[^ ]*(crond|wireguard-go)' | sort; echo; find /etc/rc.d /etc/crontabs | sort";
  return `${await fingerprintOf(lab, "router")}\n${await onRouter(processes)}`;
}

// The confirmed document with another MTU, and so another digest: back to what is confirmed would need no confirmation.
const OTHER_DOCUMENT = `cd /etc/wirewright/wg0
  sed '$d; s/^mtu 1420$/mtu 1300/; s/^digest .*/digest ${"0123456789abcdef".repeat(4)}/' "gen/$(cat current)/document" >/tmp/next
  echo "end $(sha256sum </tmp/next | cut -c 1-64)" >>/tmp/next; cat /tmp/next; rm /tmp/next`;

/** Over ssh, like somebody who closes the lid right after; to be confirmed within 5 s. */
async function applyUnconfirmed(): Promise<void> {
  const apply = "timeout 60 /etc/wirewright/wgctl apply wg0 0123456789abcdef 5";
  const { stdout: stdin } = await sh(OTHER_DOCUMENT, "router");
  const { code, stderr } = await capture(lab, { argv: ["ssh", "router", apply], stdin, timeoutSeconds: 90 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

async function untilRolledBack(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++)
    if ((await sh("sleep 1; test ! -e /etc/wirewright/wg0/txn", "router")).code === 0) return;
  throw new Error(`not rolled back within ${seconds} s: ${await onRouter("cat /etc/wirewright/journal; ps")}`);
}

describeLab("a router that resembles OpenWrt, with the real CLI", () => {
  let pristine = "";

  beforeAll(async () => {
    await up(lab, { kinds: { router: "openwrt" } });
    pristine = await fingerprint();
    await read("pulumi stack select --create router");
    await change("up");
  }, 6 * MINUTES);

  afterAll(() => scratch.close(), MINUTES);

  test("has busybox and dropbear, and nothing of GNU or systemd", async () => {
    expect(await onRouter("for name in awk sed grep sort ip sh; do readlink $(which $name); done | sort -u")).toBe(
      "/bin/busybox",
    );
    expect(
      await onRouter(
        "which bash setsid stat perl systemctl sshd cron flock-util; ls -d /run/systemd 2>/dev/null; true",
      ),
    ).toBe("");
    expect(await read('ssh router \'echo $0; tr "\\0" " " </proc/$PPID/cmdline\'')).toMatch(/^\S*ash\ndropbear /);
  });

  test("can't become another kind under the feet of the lab", async () => {
    await expect(up(lab, { kinds: { router: "debian" } })).rejects.toThrow(/router .* is openwrt; take it down first/);
    await up(lab);
    expect(labStatus(lab).nodes.find(({ name }) => name === "router")?.kind).toBe("openwrt");
  });

  test(
    "after an up the preview is empty, and the hooks are those of procd and crond",
    async () => {
      await expectNoDifference();
      expect(await onRouter("ls /etc/rc.d; cat /etc/crontabs/root")).toMatch(
        /^S50cron\nS95wirewright\n\* .*wgctl tick/,
      );
      expect(await onRouter("/etc/wirewright/wgctl probe 00000000000000000000000000000000 | grep '^boot'")).toBe(
        "boot procd ok",
      );
    },
    2 * MINUTES,
  );

  test(
    "drift made by hand, of the hooks too, is exit 7 and repaired by one up",
    async () => {
      await onRouter(
        "wg set wg0 peer $(wg show wg0 peers | head -n 1) remove; ip link set wg0 mtu 1337; nft delete table inet wirewright_wg0; rm /etc/rc.d/S95wirewright",
      );
      const { code, stdout } = await preview();
      expect(code).toBe(7);
      expect(stdout).toMatch(/\+ drift[\s\S]*boot/);
      expect(stdout).toMatch(/\+ have: "1337"[\s\S]*peers\.\w+[\s\S]*policy/);
      await change("up");
      await expectNoDifference();
      expect([await mtu(), await onRouter("ls /etc/rc.d")]).toEqual(["1420", "S50cron\nS95wirewright"]);
    },
    3 * MINUTES,
  );

  test(
    "a reboot brings the interface back by its init script, with the same key, and the preview stays empty",
    async () => {
      const before = await onRouter("wg show wg0 public-key; wg show wg0 allowed-ips | sort");
      await reboot(lab, "router");
      expect(await onRouter("wg show wg0 public-key; wg show wg0 allowed-ips | sort")).toBe(before);
      expect(await lastEntry()).toMatch(/up after a start of the device$/);
      await expectNoDifference();
    },
    2 * MINUTES,
  );

  test(
    "a change that nobody confirms is rolled back by its watcher, which outlives the ssh session without setsid",
    async () => {
      await applyUnconfirmed();
      expect(await mtu()).toBe("1300");
      await untilRolledBack(30);
      expect(await mtu()).toBe("1420");
      expect(await lastEntry()).toMatch(/rolled back to/);
    },
    2 * MINUTES,
  );

  test(
    "crond's tick rolls back what the killed watcher could not",
    async () => {
      await applyUnconfirmed();
      await onRouter("kill -9 $(sed 's/[.].*//' /run/wirewright/wg0/armed)");
      await untilRolledBack(100);
      expect(await mtu()).toBe("1420");
      expect(await lastEntry()).toMatch(/rolled back to/);
    },
    4 * MINUTES,
  );

  test(
    "a replaced device is exit 7, and the same again after one up",
    async () => {
      const before = await onRouter("wg show wg0 public-key");
      await replace(lab, "router");
      expect((await preview()).code).toBe(7);
      await change("up");
      await expectNoDifference();
      expect(await onRouter("wg show wg0 public-key")).toBe(before);
    },
    4 * MINUTES,
  );

  test(
    "a device without timeout is told so, by name, before anything changes",
    async () => {
      await onRouter("rm /usr/bin/timeout");
      const { code, stdout, stderr } = await preview();
      expect(code).not.toBe(0);
      expect(`${stdout}${stderr}`).toMatch(/timeout is missing/);
      await onRouter("ln -s /bin/busybox /usr/bin/timeout");
    },
    2 * MINUTES,
  );

  test(
    "destroy leaves the device as it was",
    async () => {
      await change("destroy");
      expect(await fingerprint()).toBe(pristine);
    },
    3 * MINUTES,
  );
});
