import { openLabStack } from "../../cli/input/lab-stack.ts";
import { auditBase, auditServer } from "../../core/live/audit.ts";
import { applyCommand, baseCommand } from "../../device/protocol.ts";
import { capture } from "../../lab/run.ts";
import { up } from "../../lab/up.ts";
import { readHelper } from "../../project/observe.ts";
import { describeLab, type ScratchLab, scratchLab } from "../support/lab.ts";

jest.setTimeout(180_000);

interface Status {
  readonly same: boolean;
  readonly differences: readonly { readonly path: string; readonly property: string; readonly have: string }[];
}

describeLab("wirewright status", () => {
  let scratch: ScratchLab;

  beforeAll(async () => {
    scratch = scratchLab("status");
    await up(scratch.lab);
  });
  afterAll(() => scratch?.close());

  const status = (...args: readonly string[]) => scratch.sh(`wirewright status --stack router ${args.join(" ")}`);

  /** Exit code and what is named, as `path property`. */
  async function named(): Promise<{ readonly code: number; readonly names: readonly string[] }> {
    const { code, stdout } = await status("--json");
    const { differences }: Status = JSON.parse(stdout);
    return { code, names: differences.map(({ path, property }) => `${path} ${property}`) };
  }

  /** What `pulumi up` would do, straight by the device's own shell. Confirmed at once. */
  async function deploy(): Promise<void> {
    const { name, plan, keys, config } = await openLabStack(scratch.lab, "router");
    const helper = readHelper();
    const audit = { stack: name, plan, keys, config, device: undefined, salt: "0".repeat(32) };
    await onRouter(baseCommand(helper.sha256, auditBase(audit, helper.sha256, 0).revision, ""), helper.text);
    for (const { plan: wg, revision, document } of auditServer(audit)) {
      await onRouter(applyCommand(wg.name, revision, 0, "root"), document);
    }
  }

  async function onRouter(script: string, stdin = ""): Promise<void> {
    const argv = ["sh", "-c", script];
    const { code, stderr } = await capture(scratch.lab, { on: "router", argv, stdin });
    if (code !== 0) throw new Error(`${script}: exit ${code}: ${stderr}`);
  }

  test("of a device that has nothing, it is a difference, and each thing is named", async () => {
    const names = ["router helper", "router boot", "router/wg0 document", "router/wg0 interface"];
    expect(await named()).toEqual({ code: 3, names });
  });

  describe("of a device that was deployed", () => {
    beforeAll(deploy);

    test("is that it is as planned", async () => {
      expect(await status()).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^router is as planned: 1 interface, \d+ clients\n$/),
        stderr: "",
      });
      expect(await named()).toEqual({ code: 0, names: [] });
    });

    test.each([
      ["ip link set wg0 mtu 1337", "ip link set wg0 mtu 1420", "mtu"],
      ["wg set wg0 fwmark 7", "wg set wg0 fwmark 0", "fwmark"],
      ["ip address add 10.9.9.9/32 dev wg0", "ip address delete 10.9.9.9/32 dev wg0", "addresses"],
      ["ip route add 10.8.0.0/24 dev wg0 proto 219", "ip route delete 10.8.0.0/24 dev wg0", "routes"],
      [
        "sysctl -q -w net.ipv4.conf.wg0.forwarding=0",
        "sysctl -q -w net.ipv4.conf.wg0.forwarding=1",
        "sysctls.net.ipv4.conf.wg0.forwarding",
      ],
      ["kill -STOP $(pidof wireguard-go)", "kill -CONT $(pidof wireguard-go)", "daemon"],
      [
        'nft add element inet wirewright_wg0 net4-lan "{ 10.20.0.0/16 comment \\"caf\\303\\251 \\033]0;x\\007\\" }"',
        'nft delete element inet wirewright_wg0 net4-lan "{ 10.20.0.0/16 }"',
        "policy[0]",
      ],
      ["ip link set lo mtu 16384; nft add table inet theirs", "nft delete table inet theirs", undefined],
    ])("%j is named, and nothing more, and gone when it is undone", async (change, undo, property) => {
      await onRouter(change);
      const found = await named().finally(() => onRouter(undo));
      const names = property === undefined ? [] : [`router/wg0 ${property}`];
      expect(found).toEqual({ code: names.length === 0 ? 0 : 3, names });
      expect(await named()).toEqual({ code: 0, names: [] });
    });

    test("text that a device sends can't act on the terminal", async () => {
      const rule = 'add rule inet wirewright_wg0 forward counter comment "\\033]0;x\\007\\303\\251"';
      await onRouter(`printf '${rule}' | nft -f -`);
      const { code, stdout } = await status();
      expect(code).toBe(3);
      expect(stdout).toMatch(/^[ -~…\n]+$/);
      const { stdout: handles } = await scratch.sh("nft -a list chain inet wirewright_wg0 forward", "router");
      const handle = /counter .*comment.* # handle (\d+)/.exec(handles)?.[1];
      await onRouter(`nft delete rule inet wirewright_wg0 forward handle ${handle}`);
    });

    test("a device that can't be asked is exit 1 and one line, and never a state", async () => {
      const oneLine = expect.stringMatching(/^wirewright: [ -~]+; [ -~]+\n$/);
      const cannotTell = { code: 1, stdout: "", stderr: oneLine };
      await scratch.read(
        "cp ~/.ssh/known_hosts ~/known; sed 's/^router,192.168.1.1,/router,/' ~/known >~/.ssh/known_hosts",
      );
      expect(await status("--json")).toEqual(cannotTell);
      await scratch.read("sed -n 's/^nas,192.168.1.2,/192.168.1.1,/p' ~/known >~/.ssh/known_hosts");
      expect(await status("--json")).toEqual({
        ...cannotTell,
        stderr: expect.stringContaining("shows another host key"),
      });
      await scratch.read("cp ~/known ~/.ssh/known_hosts");
      await onRouter("echo 'echo welcome' >/root/.bashrc; mv /usr/bin/awk /usr/bin/no-awk");
      expect(await status("--json")).toEqual(cannotTell);
      await onRouter("mv /usr/bin/no-awk /usr/bin/awk; rm /root/.bashrc");
      expect(await status("--json")).toMatchObject({ code: 0 });
    });

    test("a stack that is not there is bad input", async () => {
      const { code, stderr } = await scratch.sh("wirewright status --stack nowhere");
      expect([code, stderr]).toEqual([2, expect.stringContaining("Pulumi.nowhere.yaml")]);
    });
  });
});
