import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEVICE_FACTS } from "../../cli/demo/fingerprint.ts";
import { openStackFile } from "../../cli/input/stack.ts";
import { readSettings } from "../../cli/input/stack-file.ts";
import { addClient, clientUp } from "../../lab/client.ts";
import { up } from "../../lab/up.ts";
import type { Stack } from "../../project/stack.ts";
import { type DriftDevice, driftDevice } from "../support/drift-device.ts";
import { LEGITIMATE, MUTATIONS, type Mutation, REFUSED } from "../support/drift-mutations.ts";
import { told, variables } from "../support/drift-words.ts";
import { rooted, scratchLab } from "../support/lab.ts";
import { MACHINE_ADDRESS, type Machine, noMachineBecause, startMachine } from "../support/machine.ts";
import { pulumiStack } from "../support/pulumi-stack.ts";

const DOMAIN = `version: 1
servers:
  machine:
    address: ${MACHINE_ADDRESS}
    endpoint: machine.example.net
    interfaces:
      wg0: { port: 51820, network: [10.66.0.0/24, "fd00:66::/64"] }
subnets:
  lan: [192.168.1.0/24, "fd00:1::/64"]
  cameras: [192.168.7.0/24, "fd00:7::/64"]
  branch0: [192.168.50.0/24, "fd00:50::/64"]
profiles:
  admin: { reach: [lan, cameras, self] }
  mesh: { reach: [peers, { to: lan, ports: [tcp/443] }] }
bindings:
  - { profile: admin, interface: machine/wg0, clients: { victim: {}, bystander: {} } }
  - { profile: mesh, interface: machine/wg0, clients: { branch: { subnets: [branch0] } } }
`;

const stackOf = ({ identity, knownHosts }: Machine): string => `config:
  wirewright:domain: domain.yaml
  wirewright:server: machine
  wirewright:implementation: kernel
  wirewright:sshIdentity: ${identity}
  wirewright:sshKnownHosts: ${knownHosts}
  wirewright:natInterface: lan0
  wirewright:rootSecretFile: root.secret
`;

const SYSTEMD: readonly Mutation[] = [
  {
    name: "the boot unit removed",
    script: "rm /etc/systemd/system/wirewright.service",
    tells: ["boot critical"],
  },
  {
    name: "the tick's timer disabled and stopped",
    script: "systemctl disable -q --now wirewright-tick.timer",
    tells: ["boot critical"],
  },
  {
    name: "a drop-in",
    script:
      "mkdir /etc/systemd/system/wirewright.service.d; printf '[Service]\\nExecStart=\\nExecStart=/bin/true\\n' >/etc/systemd/system/wirewright.service.d/x.conf; systemctl daemon-reload",
    tells: ["boot critical"],
  },
];

/** Of the common table, what is not about daemons, the carrier of their links, cron, a second interface or other tests' links. */
const COMMON = [...MUTATIONS, ...LEGITIMATE, ...REFUSED].filter(
  ({ script, only, tells }) =>
    !/DAEMON|init\.d|cron\.d|cam0|table inet fence|inet theirs|boringtun|carrier/.test(script) &&
    only !== "wg1" &&
    !tells.some((one) => one.startsWith("other.")),
);
/** All of them take the better part of an hour: WIREWRIGHT_KERNEL_ROWS=all, as `npm run bench:safety` has it. */
const ROWS = [...SYSTEMD, ...COMMON].filter(
  ({ name }) => process.env.WIREWRIGHT_KERNEL_ROWS === "all" || ["a drop-in", "the link deleted"].includes(name),
);

/** Names that systemd and udev draw anew, locks that udev keeps or not as its workers meet, and the journal's own files. */
const DRAWN_AT_BOOT =
  /systemd-private-|\/run\/systemd\/units\/invocation:|\/run\/udev\/watch\/|\/run\/udev\/links\/[^/]*\/\.lock$|\/log\/journal\/|\/journal\/streams\//;
/** They stay when what asked for them has gone, and bring sysctls of their own. */
const KERNEL_MODULES = "wireguard nf_tables nf_conntrack nft_ct nft_chain_nat nft_masq";
const MINUTES = 60_000;
const because = rooted ? noMachineBecause() : "a lab needs root, for network namespaces";

if (because !== undefined) test.skip(`a Debian machine: ${because}`, () => undefined);
else describe("a Debian machine: WireGuard of its kernel, systemd, with the real CLI", cases);

function cases(): void {
  jest.setTimeout(10 * MINUTES);
  const scratch = scratchLab("machine");
  const { lab, sh } = scratch;
  let machine: Machine;
  let stack: Stack;
  let device: DriftDevice;
  let pristine = "";

  const { change, preview } = pulumiStack(lab, "machine", 400);

  async function expectNoDifference(): Promise<void> {
    const { code, stdout } = await preview();
    expect({ code, shown: code === 0 ? "" : stdout }).toEqual({ code: 0, shown: "" });
  }

  /** What comes and goes by itself, or stays when all else has gone. */
  const prepare = () =>
    machine.read(`modprobe -a ${KERNEL_MODULES}; systemctl stop apt-daily.timer apt-daily-upgrade.timer`);
  const fingerprint = async (): Promise<string> => {
    const facts = (await machine.read(DEVICE_FACTS)).split("\n").filter((fact) => !DRAWN_AT_BOOT.test(fact));
    return [...new Set(facts)].sort().join("\n");
  };

  /** The journal's last line, as soon as that is in it; it is given 150 s. */
  const journalEndsWith = (text: string): Promise<string> =>
    machine.read(
      `for i in $(seq 150); do tail -n 1 /etc/wirewright/journal | grep -q '${text}' && break; sleep 1; done; tail -n 1 /etc/wirewright/journal`,
    );

  const byHand = (script: string): Promise<string> =>
    machine.read(`set -e; ${variables(stack, "wg0", "no-daemon")}; ${script}`);

  beforeAll(async () => {
    await up(lab);
    machine = await startMachine(lab);
    writeFileSync(join(lab.dir, "project/domain.yaml"), DOMAIN);
    const file = join(lab.dir, "project/Pulumi.machine.yaml");
    writeFileSync(file, stackOf(machine));
    const read = { name: "machine", directory: join(lab.dir, "project"), file, settings: readSettings(file) };
    stack = await openStackFile(read, () => Promise.reject(new Error("it has a file")));
    device = driftDevice(machine.sh, stack);
    await scratch.read("pulumi stack select --create machine");
    await prepare();
    pristine = await fingerprint();
    await change("up");
  }, 15 * MINUTES);

  afterAll(async () => {
    try {
      await machine?.close();
    } finally {
      await scratch.close();
    }
  }, 3 * MINUTES);

  test("after an up the preview is empty; the link is the kernel's, and the hooks are systemd's", async () => {
    await expectNoDifference();
    expect(await machine.read("ip -d link show wg0; pidof wireguard-go boringtun-cli || echo no daemon")).toMatch(
      /\n +wireguard [\s\S]*no daemon$/,
    );
    expect(
      await machine.read(
        "systemctl is-enabled wirewright.service wirewright-tick.timer; systemctl is-active wirewright-tick.timer",
      ),
    ).toBe("enabled\nenabled\nactive");
  });

  test("what a client's profile opens passes, and nothing else", async () => {
    async function client(name: string) {
      await addClient(lab, { name, at: "lan" });
      const config = await scratch.read(`wirewright client domain.yaml machine/wg0/${name}`);
      const dialled = config.replace("machine.example.net", MACHINE_ADDRESS);
      await clientUp(lab, name, { implementation: "wireguard-go", config: dialled });
      return async (address: string) => (await sh(`ping -c 3 -W 3 ${address}`, name)).code === 0;
    }
    const victim = await client("victim");
    const branch = await client("branch");
    const tried = ["10.66.0.1", "fd00:66::1", "192.168.1.10", "fd00:1::10"];
    expect(await Promise.all(tried.map(victim))).toEqual([true, true, true, true]);
    expect(await Promise.all(tried.map(branch))).toEqual([false, false, false, false]);
  });

  test.each(ROWS)("$name: told, and repaired by one apply where it can be", async (row) => {
    await byHand(row.script);
    const audit = await device.audit();
    const codes = (await device.repair(audit)).map(({ code }) => code);
    if (row.undo) await byHand(row.undo);
    if (REFUSED.includes(row)) await device.repair(await device.audit());
    expect(told(audit, "wg0")).toEqual([...row.tells].sort());
    expect(codes.filter((code) => code !== 0)).toEqual(REFUSED.includes(row) ? [79] : []);
    expect(told(await device.audit(), "wg0")).toEqual([]);
    if (row.proof) await byHand(`for i in 1 2 3 4 5 6 7 8 9; do ${row.proof} && exit 0; sleep 0.1; done; exit 1`);
  });

  test("drift made by hand is exit 7, named by the preview and repaired by one up", async () => {
    await byHand("wg set $IF peer $V remove; ip link set $IF mtu 1337; ip route del $SUBNET");
    const { code, stdout } = await preview();
    expect(code).toBe(7);
    expect(stdout).toMatch(/\+ have: "1337"[\s\S]*peers\.victim[\s\S]*routes/);
    await change("up");
    await expectNoDifference();
  });

  test("a change that nobody confirms is rolled back by its watcher; by systemd's tick when that is killed", async () => {
    const other = async () => {
      const script = `cd /etc/wirewright/wg0
        sed '$d; s/^mtu 1420$/mtu 1300/; s/^digest .*/digest ${"0123456789abcdef".repeat(4)}/' "gen/$(cat current)/document" >/tmp/next
        echo "end $(sha256sum </tmp/next | cut -c 1-64)" >>/tmp/next
        timeout 60 ../wgctl apply wg0 0123456789abcdef 5 </tmp/next; rm /tmp/next`;
      await machine.read(script);
      expect(await machine.read("cat /sys/class/net/wg0/mtu")).toBe("1300");
    };
    const rolledBack = async () => {
      const last = await journalEndsWith("rolled back to");
      return `${await machine.read("cat /sys/class/net/wg0/mtu")}\n${last}`;
    };
    await other();
    expect(await rolledBack()).toMatch(/^1420\n.*rolled back to/);
    await other();
    await machine.read("kill -9 $(sed 's/[.].*//' /run/wirewright/wg0/armed)");
    expect(await rolledBack()).toMatch(/^1420\n.*rolled back to/);
  });

  test("the plug is pulled: systemd brings the interface back with the same key, and the preview stays empty", async () => {
    const before = await machine.read("wg show wg0 public-key; wg show wg0 allowed-ips | sort");
    await machine.reset();
    await prepare();
    expect(await machine.read("wg show wg0 public-key; wg show wg0 allowed-ips | sort")).toBe(before);
    // Where systemd-networkd had not yet brought up the way to a network behind, the tick says so a minute later.
    expect(await journalEndsWith("up after a start of the device$")).toMatch(/up after a start of the device$/);
    await expectNoDifference();
  });

  test("none of the keys is in the machine's log, which knows of our units", async () => {
    const keys = (await machine.read("wg show wg0 private-key; wg show wg0 preshared-keys | cut -f 2")).split("\n");
    const log = await machine.read("journalctl --no-pager");
    expect(log).toContain("wirewright.service");
    expect(keys.length).toBe(4);
    for (const key of keys) {
      const raw = Buffer.from(key, "base64");
      for (const text of [key, raw.toString("hex"), Buffer.from(key).toString("base64")])
        expect(log).not.toContain(text);
    }
  });

  test("destroy leaves the machine as it was", async () => {
    await change("destroy");
    expect(await fingerprint()).toBe(pristine);
  });
}
