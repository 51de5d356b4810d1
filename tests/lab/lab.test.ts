import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { collect } from "../../lab/execute.ts";
import { initOf } from "../../lab/namespaces/node.ts";
import { reboot, replace } from "../../lab/reboot.ts";
import { capture, spawnOn } from "../../lab/run.ts";
import { nodeOf } from "../../lab/state.ts";
import { labStatus } from "../../lab/status.ts";
import { up } from "../../lab/up.ts";
import { toolchain } from "../../tools/toolchain.ts";
import { cli, describeLab, launcher, type ScratchLab, scratchLab, until } from "../support/lab.ts";

jest.setTimeout(180_000);

describeLab("a lab", () => {
  let scratch: ScratchLab;
  const initPid = (node: string) => initOf(scratch.lab, nodeOf(scratch.lab, node));
  const ping = (address: string, on: string) => scratch.sh(`ping -c 1 -W 5 ${address}`, on);
  /** The whole command line, as a person would type it. */
  const lab = async (args: readonly string[], stdin = "") => {
    const child = cli(["lab", ...args.slice(0, 1), "--name", scratch.lab.name, ...args.slice(1)]);
    return collect(child, { stdin }, () => child.kill("SIGKILL"));
  };

  beforeAll(async () => {
    scratch = scratchLab("net");
    await up(scratch.lab);
  });
  afterAll(() => scratch?.close());

  describe("network", () => {
    test.each([
      ["operator", "192.168.1.2"],
      ["operator", "fd00:1::2"],
      ["lanhost", "192.168.7.10"],
      ["lanhost", "fd00:7::10"],
      ["camera", "192.168.1.10"],
      ["lanhost", "1.1.1.1"],
      ["lanhost", "2606:4700:4700::1111"],
      ["camera", "1.1.1.1"],
      ["nas", "1.1.1.1"],
    ])("%s reaches %s", async (from, to) => {
      expect(await ping(to, from)).toMatchObject({ code: 0 });
    });

    test("the router hides the LAN behind its own address", async () => {
      const seen = spawnOn(scratch.lab, "internet", ["nc", "-l", "-v", "-n", "-p", "7000"]);
      const stderr: string[] = [];
      seen.stderr.on("data", (chunk) => stderr.push(String(chunk)));
      await until("it listens", () => stderr.join("").includes("istening"));
      await scratch.read("echo | nc -q 1 -w 5 1.1.1.1 7000", "lanhost");
      await until("somebody called", () => /onnect/.test(stderr.join("")));
      seen.kill();
      expect(stderr.join("")).toContain("198.51.100.1");
    });

    test("nobody gets in from the internet, even with a route", async () => {
      await scratch.read("ip route add 192.168.1.0/24 via 198.51.100.1", "internet");
      expect(await scratch.sh("ping -c 1 -W 1 192.168.1.10", "internet")).toMatchObject({ code: 1 });
      await scratch.read("ip route delete 192.168.1.0/24", "internet");
    });

    test("the same name leads to the router's near side on the LAN and to its far side on the internet", async () => {
      expect(await scratch.read("getent hosts vpn.example.net", "lanhost")).toMatch(/^192\.168\.1\.1 /);
      expect(await scratch.read("getent hosts vpn.example.net", "internet")).toMatch(/^198\.51\.100\.1 /);
    });
  });

  describe("operator", () => {
    test.each(["router", "192.168.1.1", "fd00:1::1", "nas", "192.168.1.2"])(
      "logs in to %s with a pinned host key",
      async (host) => {
        expect(await scratch.read(`ssh -o BatchMode=yes ${host} cat /etc/hostname`)).toMatch(/^(router|nas)$/);
      },
    );

    test("refuses a device that answers with another host key", async () => {
      await scratch.read(
        "sed -i.kept 's/^router,192.168.1.1/lost/; s/^nas,192.168.1.2/&,192.168.1.1/' ~/.ssh/known_hosts",
      );
      const { code, stderr } = await scratch.sh("ssh -o BatchMode=yes 192.168.1.1 true");
      await scratch.read("mv ~/.ssh/known_hosts.kept ~/.ssh/known_hosts");
      expect([code, stderr]).toEqual([255, expect.stringContaining("HOST IDENTIFICATION HAS CHANGED")]);
    });

    test("works in a copy of the project, with a Pulumi of its own and secrets only root can read", async () => {
      const { dir } = scratch.lab;
      expect(await scratch.read("pwd")).toBe(join(dir, "project"));
      expect(await scratch.read('echo "$PULUMI_HOME $PULUMI_BACKEND_URL $HOME"')).toBe(
        `${dir}/pulumi-home file://${dir}/pulumi-state ${dir}/home`,
      );
      expect(Buffer.from(readFileSync(join(dir, "project/root.secret"), "utf8"), "base64")).toHaveLength(32);
      const secrets = ["project/root.secret", "passphrase", "home/.ssh/id_ed25519"].map((name) => join(dir, name));
      expect(secrets.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
      expect(statSync(dir).mode & 0o777).toBe(0o700);
    });

    test("has the only secrets in its environment", async () => {
      process.env.WIREWRIGHT_TEST_CANARY = "canary";
      const names = ["operator", "router", "nas", "lanhost", "internet"];
      const [operator, ...others] = await Promise.all(names.map((name) => scratch.read("env", name)));
      delete process.env.WIREWRIGHT_TEST_CANARY;
      for (const secret of ["canary", "PULUMI_CONFIG_PASSPHRASE="]) expect(operator).toContain(secret);
      expect(others.filter((text) => /canary|PULUMI/.test(text))).toEqual([]);
    });
  });

  describe("run", () => {
    test.each(["operator", "router", "camera"])("passes the exit code of a command on %s", async (on) => {
      expect(await lab(["run", "--on", on, "--", "sh", "-c", "exit 37"])).toMatchObject({ code: 37 });
    });

    test.each(["operator", "nas"])("passes stdin and stdout byte for byte on %s", async (on) => {
      const text = `${"x".repeat(300_000)}\nlast line without an end`;
      expect(await lab(["run", "--on", on, "--", "cat"], text)).toMatchObject({ code: 0, stdout: text });
    });

    test.each(["operator", "nas"])("tells an unknown command and one that a signal ended on %s", async (on) => {
      expect(await lab(["run", "--on", on, "--", "no-such-command"])).toMatchObject({ code: 127 });
      expect(await lab(["run", "--on", on, "--", "sh", "-c", "kill -KILL $$"])).toMatchObject({ code: 137 });
      expect(await lab(["run", "--on", on, "--", "sh", "-c", "kill -TERM $$"])).toMatchObject({ code: 143 });
    });

    test("takes options after the command for the command's own", async () => {
      expect(await lab(["run", "--", "echo", "--on", "nas", "--help"])).toMatchObject({ stdout: "--on nas --help\n" });
    });

    test.each([
      ["operator", "SIGINT"],
      ["operator", "SIGTERM"],
      ["nas", "SIGINT"],
      ["nas", "SIGTERM"],
    ] as const)("lets a command on %s handle a %s in its own way", async (on, signal) => {
      const script = `trap 'echo cleaned up; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.1; done`;
      const child = cli(["lab", "run", "--name", scratch.lab.name, "--on", on, "--", "sh", "-c", script]);
      const outcome = collect(child, {}, () => child.kill("SIGKILL"));
      await once(child.stdout, "data");
      child.kill(signal);
      expect(await outcome).toMatchObject({ code: 9, stdout: "ready\ncleaned up\n" });
    });

    test.each(["operator", "nas"])("passes a Ctrl-C of a terminal to a command on %s, once", async (on) => {
      // As long as it takes for the first one (a minute, should none come), then time enough for a second.
      const count = [
        "n=0 i=0; trap 'n=$((n + 1))' INT; echo ready",
        "while [ $n -eq 0 ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done",
        "for i in 1 2 3 4 5 6; do sleep 0.2; done",
        "exit $((40 + n))",
      ].join("\n");
      const words = [
        process.execPath,
        launcher,
        "lab",
        "run",
        "--name",
        scratch.lab.name,
        "--on",
        on,
        "--",
        "sh",
        "-c",
        count,
      ];
      // exec: a shell that waits for it, as dash does, would die of the Ctrl-C itself.
      const line = `exec ${words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")}`;
      const terminal = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], { env: process.env });
      const exit = once(terminal, "exit");
      // Not the first data: Node itself may have something to say before the command is there.
      let said = "";
      terminal.stdout.on("data", (chunk: Buffer) => {
        said += chunk;
      });
      await until("the command runs", () => said.includes("ready"));
      terminal.stdin.write("\x03");
      expect(await exit).toEqual([41, null]);
    });

    test("names what there is when asked for a node that is not there", async () => {
      const { code, stderr } = await lab(["run", "--on", "fridge", "--", "true"]);
      expect([code, stderr]).toEqual([2, expect.stringContaining("router, nas, lanhost")]);
    });

    test.each(["operator", "router"])("ends a command on %s whose time is up", async (on) => {
      const marker = `600.${on.length}`;
      const outcome = await capture(scratch.lab, { on, argv: ["sleep", marker], timeoutSeconds: 1 });
      expect(outcome.code).toBe(124);
      expect(await scratch.read(`pgrep -fx 'sleep ${marker}' || echo none`, on)).toBe("none");
    });

    test("does not wait for a daemon that a command leaves behind with its output", async () => {
      expect(await scratch.sh("sleep 300 & echo $!", "nas")).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\d+\n/),
      });
    });
  });

  describe("device", () => {
    test("shows no file of the machine or of the lab but /usr", async () => {
      const { dir, checkout } = scratch.lab;
      const places = [dir, checkout, process.env.HOME === "/root" ? "/root/.cache" : process.env.HOME];
      for (const place of places) expect(await scratch.sh(`ls -d ${place}`, "nas")).not.toMatchObject({ code: 0 });
      expect(
        await scratch.read("ls -A /root /home /usr/local/etc /var/log /etc/cron.d 2>/dev/null | grep -v :", "nas"),
      ).toBe(".ssh");
      expect(
        await scratch.read(
          "ls -d /etc/ssl/private /etc/wireguard /etc/ssh/ssh_host_rsa_key 2>/dev/null || echo none",
          "nas",
        ),
      ).toBe("none");
      expect(await scratch.read("cat /etc/shadow", "nas")).toMatch(/^root:\*:[^\n]*$/);
    });

    test("shows no process but its own, and can't be seen from another device", async () => {
      const child = spawnOn(scratch.lab, "router", ["sleep", "777"]);
      await until("it runs", async () => (await scratch.sh("pgrep -fx 'sleep 777'", "router")).code === 0);
      expect(await scratch.sh("pgrep -fx 'sleep 777'", "nas")).toMatchObject({ code: 1 });
      const commands = (await scratch.read("ps -eo args=", "nas")).split("\n");
      expect(commands.filter((command) => /jest|node|unshare|host\.sh/.test(command))).toEqual([]);
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(await scratch.sh("pgrep -fx 'sleep 777'", "router")).toMatchObject({ code: 1 });
    });

    test("keeps files, sockets and settings to itself", async () => {
      await scratch.read(
        "touch /usr/bin/own-file /etc/own-file; mkdir -p /run/wireguard; socat UNIX-LISTEN:/run/wireguard/x.sock,fork ABSTRACT-LISTEN:ww >/dev/null 2>&1 </dev/null & sysctl -qw net.ipv4.conf.lan0.rp_filter=2",
        "router",
      );
      const others = await scratch.read(
        "ls /usr/bin/own-file /etc/own-file /run/wireguard /run/netns 2>/dev/null; grep -c ww /proc/net/unix || true",
        "nas",
      );
      expect(others).toBe("0");
      for (const path of ["/usr/bin/own-file", "/etc/own-file", "/run/wireguard/x.sock"]) {
        expect(() => statSync(path)).toThrow("ENOENT");
      }
    });

    test("can't change what belongs to the whole machine", async () => {
      const { code } = await scratch.sh("cat /proc/sys/vm/swappiness > /proc/sys/vm/swappiness", "nas");
      expect(code).not.toBe(0);
    });

    test("has a tunnel device, cron and the userspace implementations that this machine has", async () => {
      const daemons = toolchain().boringtun === undefined ? "wireguard-go" : "wireguard-go boringtun-cli";
      const tools = `test -c /dev/net/tun && command -v ${daemons} wg nft ip && pgrep -x cron`;
      expect(await scratch.sh(tools, "router")).toMatchObject({ code: 0 });
    });

    test("leaves no zombie behind", async () => {
      await scratch.read("for i in 1 2 3; do sh -c 'sleep 0.05 & exit 0' & done; wait", "nas");
      await until("all are reaped", async () => (await scratch.sh("ps -eo stat= | grep Z", "nas")).code === 1);
    });

    test("keeps its files over a reboot, and nothing else", async () => {
      await scratch.read(
        "echo kept > /etc/kept; echo kept > /usr/sbin/kept; touch /run/gone /tmp/gone; ip link add gone type dummy; sysctl -qw net.ipv4.conf.all.arp_ignore=1",
        "nas",
      );
      const before = initPid("nas");
      await reboot(scratch.lab, "nas");
      expect(initPid("nas")).not.toBe(before);
      expect(await scratch.read("cat /etc/kept /usr/sbin/kept", "nas")).toBe("kept\nkept");
      expect(
        await scratch.read(
          "ls /run/gone /tmp/gone /sys/class/net/gone 2>/dev/null; cat /proc/sys/net/ipv4/conf/all/arp_ignore",
          "nas",
        ),
      ).toBe("0");
      expect(await scratch.read("ssh -o BatchMode=yes nas cat /etc/kept")).toBe("kept");
    });

    test("starts at boot what wirewright and cron have to start", async () => {
      const unit = '#!/bin/sh\n[ "$1" = start ] && echo from init >> /root/booted';
      await capture(scratch.lab, {
        on: "router",
        argv: ["sh", "-c", "cat > /etc/init.d/wirewright; chmod +x /etc/init.d/wirewright"],
        stdin: unit,
      });
      await scratch.read("echo '@reboot root echo from cron >> /root/booted' > /etc/cron.d/wirewright", "router");
      await reboot(scratch.lab, "router");
      await until("both have run", async () => (await scratch.sh("grep -c . /root/booted", "router")).stdout === "2\n");
      expect((await scratch.read("sort /root/booted", "router")).split("\n")).toEqual(["from cron", "from init"]);
      expect(await ping("1.1.1.1", "lanhost")).toMatchObject({ code: 0 });
    });

    test("comes up although its boot script fails", async () => {
      await scratch.read(
        "printf '#!/bin/sh\\nexit 3\\n' > /etc/init.d/wirewright; chmod +x /etc/init.d/wirewright",
        "nas",
      );
      await reboot(scratch.lab, "nas");
      expect(await scratch.read("ssh -o BatchMode=yes nas echo here")).toBe("here");
    });

    test("is brand-new after a replacement, but for the host key", async () => {
      await scratch.read("touch /etc/old /usr/bin/old; rm -rf /usr/lib/openssh", "nas");
      await replace(scratch.lab, "nas");
      expect(
        await scratch.read(
          "ls /etc/old /usr/bin/old /etc/init.d/wirewright 2>/dev/null || test -d /usr/lib/openssh && echo new",
          "nas",
        ),
      ).toBe("new");
      expect(await scratch.read("ssh -o BatchMode=yes nas echo same key")).toBe("same key");
    });
  });

  test("a node that died is found out and brought back", async () => {
    for (const node of ["router", "lanhost", "operator"]) process.kill(initPid(node) ?? 0, "SIGKILL");
    await until("they are gone", () => initPid("router") === undefined && initPid("operator") === undefined);
    expect(labStatus(scratch.lab)).toMatchObject({ state: "broken" });
    expect(await lab(["status"])).toMatchObject({ code: 1, stdout: expect.stringContaining("down    router") });
    const nas = initPid("nas");
    expect(await lab(["up"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("booting router, lanhost, operator\n"),
    });
    expect(await lab(["status"])).toMatchObject({ code: 0 });
    expect(initPid("nas")).toBe(nas);
    expect(await ping("1.1.1.1", "lanhost")).toMatchObject({ code: 0 });
  });

  test("a second up changes nothing", async () => {
    const settings = join(scratch.lab.dir, "project/Pulumi.router.yaml");
    await scratch.read(`echo '# a stack wrote this' >> ${settings}`);
    const before = [
      readFileSync(settings, "utf8"),
      initPid("router"),
      readFileSync(join(scratch.lab.dir, "passphrase"), "utf8"),
    ];
    const steps: string[] = [];
    await Promise.all([1, 2].map(() => up(scratch.lab, { onStep: (step) => steps.push(step) })));
    expect(steps.filter((step) => step === "everything is up already")).toHaveLength(2);
    expect([
      readFileSync(settings, "utf8"),
      initPid("router"),
      readFileSync(join(scratch.lab.dir, "passphrase"), "utf8"),
    ]).toEqual(before);
  });
});
