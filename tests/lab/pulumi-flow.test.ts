import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf } from "../../cli/demo/fingerprint.ts";
import { addClient, clientUp, removeClient } from "../../lab/client.ts";
import { replace } from "../../lab/reboot.ts";
import { capture } from "../../lab/run.ts";
import { up } from "../../lab/up.ts";
import { openStack } from "../../project/stack.ts";
import { describeLab, scratchLab } from "../support/lab.ts";

const MINUTES = 60_000;
const scratch = scratchLab("flow");
const { lab, sh, read } = scratch;

async function pulumi(verb: string, stack: string, ...options: readonly string[]) {
  const argv = ["pulumi", ...verb.split(" "), "--stack", stack, "--non-interactive", ...options];
  return capture(lab, { argv, timeoutSeconds: 200 });
}

const apply = async (stack: string) => {
  const outcome = await pulumi("up", stack, "--yes", "--skip-preview");
  if (outcome.code !== 0) throw new Error(`${outcome.stdout}\n${outcome.stderr}`);
  return outcome;
};
const audit = async (stack: string) => (await pulumi("preview", stack, "--expect-no-changes")).code;

/** Within half a minute: a client that has lost its peer shakes hands anew when its packets stay unanswered for 15 s. */
async function answers(client: string, address: string): Promise<boolean> {
  for (let i = 0; i < 30; i++) if ((await sh(`ping -c 1 -W 1 ${address}`, client)).code === 0) return true;
  return false;
}

/** Types and operations of what a preview would change. */
async function changes(stack: string): Promise<readonly string[]> {
  const { stdout } = await pulumi("preview", stack, "--json");
  const { steps }: { steps: { op: string; urn: string }[] } = JSON.parse(stdout);
  return steps
    .filter(({ op }) => op !== "same")
    .map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`)
    .sort();
}

function editDomain(edit: (text: string) => string): void {
  const file = join(lab.dir, "project/domain.example.yaml");
  writeFileSync(file, edit(readFileSync(file, "utf8")));
}

describeLab("a stack, from nothing to nothing, with the real CLI", () => {
  let pristine = "";

  beforeAll(async () => {
    await up(lab);
    pristine = await fingerprintOf(lab, "nas");
    for (const stack of ["router", "nas"]) await read(`pulumi stack select --create ${stack}`);
    await apply("router");
    await apply("nas");
  }, 6 * MINUTES);

  afterAll(() => scratch.close(), MINUTES);

  test(
    "after an up, the preview of both stacks is empty",
    async () => {
      expect([await audit("router"), await audit("nas")]).toEqual([0, 0]);
    },
    2 * MINUTES,
  );

  test(
    "where no cron runs, preview and up say what to start, and once it runs the preview is empty again",
    async () => {
      await read("kill $(cat /run/crond.pid)", "nas");
      const warning = /nas needs a cron at work and has none: start it/;
      const told = [await pulumi("preview", "nas"), await apply("nas")].map(({ stdout }) => warning.test(stdout));
      await read("cron </dev/null >/dev/null 2>&1", "nas");
      expect([told, await audit("nas")]).toEqual([[true, true], 0]);
    },
    2 * MINUTES,
  );

  test(
    "a client that is added reads as that client and its interface's transaction, and nothing more",
    async () => {
      editDomain((text) => text.replace("laptop: {}", "laptop: {}, watch: {}"));
      expect(await changes("router")).toEqual([
        "update router-wg0-apply@192.168.1.1",
        "update router-wg0-binding.admin",
        "update router-wg0-confirm@192.168.1.1",
      ]);
      await apply("router");
      expect(await audit("router")).toBe(0);
    },
    2 * MINUTES,
  );

  test(
    "drift made by hand is exit 7, named by property, repaired by one up",
    async () => {
      await read(
        "wg set wg0 peer $(wg show wg0 peers | head -n 1) remove; ip link set wg0 mtu 1337; nft delete table inet wirewright_wg0",
        "router",
      );
      const { code, stdout } = await pulumi("preview", "router", "--expect-no-changes", "--diff");
      expect(code).toBe(7);
      expect(stdout).toMatch(/\+ drift[\s\S]*mtu[\s\S]*\+ have: "1337"[\s\S]*peers\.\w+[\s\S]*policy/);
      await apply("router");
      expect(await audit("router")).toBe(0);
      expect(await read("cat /sys/class/net/wg0/mtu", "router")).toBe("1420");
    },
    3 * MINUTES,
  );

  test(
    "a lost record is told as such and comes back with one up; a stranger under the name is told before up refuses it",
    async () => {
      await read("rm -r /etc/wirewright/wg0; ip link set wg0 mtu 1337", "router");
      const lost = await pulumi("preview", "router", "--expect-no-changes", "--diff");
      expect(lost.code).toBe(7);
      expect(lost.stdout).toMatch(/\+ drift[\s\S]*document[\s\S]*\+ have: "missing"[\s\S]*mtu[\s\S]*\+ have: "1337"/);
      expect(lost.stdout).not.toContain("did not make");
      await apply("router");
      expect(await audit("router")).toBe(0);

      const mark = await read("cat /sys/class/net/wg0/ifalias", "router");
      await read("echo other >/sys/class/net/wg0/ifalias", "router");
      const strange = await pulumi("preview", "router", "--expect-no-changes", "--diff");
      expect(strange.code).toBe(7);
      expect(strange.stdout + strange.stderr).toMatch(
        /instead of router\/wg0 is a \S+ interface that this project did not make; up will refuse/,
      );
      expect((await pulumi("up", "router", "--yes", "--skip-preview")).code).not.toBe(0);
      await read(`echo '${mark}' >/sys/class/net/wg0/ifalias`, "router");
      await apply("router");
      expect(await audit("router")).toBe(0);
    },
    4 * MINUTES,
  );

  test(
    "an interface of ours that neither the plan nor the stack knows is told, and left alone",
    async () => {
      await read(
        "ip tuntap add dev wg9 mode tun; cat /sys/class/net/wg0/ifalias >/sys/class/net/wg9/ifalias",
        "router",
      );
      const { code, stdout, stderr } = await pulumi("preview", "router", "--expect-no-changes");
      expect({ code, told: /router has wg9 \(our mark without a record\)/.test(stdout + stderr) }).toEqual({
        code: 0,
        told: true,
      });
      await read("ip link delete wg9", "router");
    },
    2 * MINUTES,
  );

  test(
    "drift beside a pending change shows as drift, and the change as the change",
    async () => {
      await read("ip link set wg0 mtu 1337", "router");
      editDomain((text) => text.replace("watch: {}", "watch: {}, glasses: {}"));
      const { stdout } = await pulumi("preview", "router", "--diff");
      expect(stdout).toMatch(/\+ have: "1337"/);
      expect(stdout).toMatch(/\+ glasses/);
      expect(stdout).not.toMatch(/peers\.glasses/);
      await apply("router");
      expect(await audit("router")).toBe(0);
    },
    3 * MINUTES,
  );

  test(
    "a device that is replaced by an empty one gets the same keys and addresses by one up, and a client comes back by itself",
    async () => {
      await addClient(lab, { name: "runner", at: "lan" });
      const config = await read("wirewright client domain.example.yaml nas/wg3/runner");
      await clientUp(lab, "runner", { implementation: "wireguard-go", config });
      expect(await answers("runner", "10.66.3.1")).toBe(true);
      const before = await read(
        "wg show wg3 public-key; wg show wg3 allowed-ips | sort; ip -o addr show wg3 scope global | awk '{print $4}'",
        "nas",
      );
      await replace(lab, "nas");
      expect((await sh("ip link show wg3", "nas")).code).not.toBe(0);
      expect((await sh("ping -c 1 -W 1 10.66.3.1", "runner")).code).not.toBe(0);
      expect(await audit("nas")).toBe(7);
      await apply("nas");
      expect(
        await read(
          "wg show wg3 public-key; wg show wg3 allowed-ips | sort; ip -o addr show wg3 scope global | awk '{print $4}'",
          "nas",
        ),
      ).toBe(before);
      expect(await audit("nas")).toBe(0);
      expect(await answers("runner", "10.66.3.1")).toBe(true);
      await removeClient(lab, "runner");
    },
    4 * MINUTES,
  );

  test(
    "a server that is dialled at another address is taken over as it is, and the former resources end quietly",
    async () => {
      const link = await read("cat /sys/class/net/wg0/ifindex", "router");
      for (const [from, to] of [
        ["192.168.1.1", "192.168.7.1"],
        ["192.168.7.1", "192.168.1.1"],
      ]) {
        editDomain((text) => text.replace(`address: ${from} `, `address: ${to} `));
        await apply("router");
        expect(await audit("router")).toBe(0);
      }
      expect(await read("cat /sys/class/net/wg0/ifindex", "router")).toBe(link);
    },
    3 * MINUTES,
  );

  test(
    "another address, given up half-way and taken back, changes nothing: no former resource takes the new one for itself",
    async () => {
      const link = await read("cat /sys/class/net/wg0/ifindex", "router");
      const file = join(lab.dir, "project/domain.example.yaml");
      const before = readFileSync(file, "utf8");
      await read("ip addr add 10.99.0.1/24 dev lan0", "router");
      await read("echo '# altered' >>/etc/wirewright/wgctl", "router"); // so that it is not asked before
      editDomain((text) =>
        text
          .replace("address: 192.168.1.1 ", "address: 192.168.7.1 ")
          .replace(/^( +)wg0: .*$/m, "$&\n$1wg9: { port: 51999, network: [10.99.0.0/24] }"),
      );
      const half = await pulumi("up", "router", "--yes", "--skip-preview");
      expect(half.code).not.toBe(0);
      expect(half.stdout).toMatch(/router-wg0-apply@192[.]168[.]7[.]1 created/);
      writeFileSync(file, before);
      await apply("router");
      expect(await audit("router")).toBe(0);
      expect(await read("cat /sys/class/net/wg0/ifindex", "router")).toBe(link);
      await read("ip addr del 10.99.0.1/24 dev lan0", "router");
    },
    3 * MINUTES,
  );

  test(
    "an interface that the device refuses is told before anything is changed, and the others stay as they are",
    async () => {
      const file = join(lab.dir, "project/domain.example.yaml");
      const before = readFileSync(file, "utf8");
      await read("ip addr add 10.99.0.1/24 dev lan0", "router");
      const peers = await read("wg show wg0 peers | sort", "router");
      editDomain((text) =>
        text
          .replace("laptop: {}", "laptop: {}, clock: {}")
          .replace(/^( +)wg0: .*$/m, "$&\n$1wg9: { port: 51999, network: [10.99.0.0/24] }"),
      );
      const told =
        /router[/]wg9: 10[.]99[.]0[.]1[/]24 lies in 10[.]99[.]0[.]0[/]24, a network that this device itself is in/;
      expect((await pulumi("preview", "router")).stdout).toMatch(told);
      const status = await sh("wirewright status --stack router");
      expect(status.code).toBe(3);
      expect(status.stdout).toMatch(new RegExp(`changes nothing until this is put right: ${told.source}`));
      const refused = await pulumi("up", "router", "--yes", "--skip-preview");
      expect(refused.code).not.toBe(0);
      expect(refused.stdout + refused.stderr).toMatch(/router was not changed/);
      expect(refused.stdout + refused.stderr).toMatch(told);
      expect(
        await read(
          "test ! -e /etc/wirewright/wg9 && test ! -e /etc/wirewright/wg0/txn && wg show wg0 peers | sort",
          "router",
        ),
      ).toBe(peers);
      writeFileSync(file, before);
      await read("ip addr del 10.99.0.1/24 dev lan0", "router");
      expect(await audit("router")).toBe(0);
    },
    3 * MINUTES,
  );

  test(
    "ports that interfaces pass on move in one up, whatever the order in the file; a swap is refused before anything is changed",
    async () => {
      const move = (name: string, from: number, to: number) =>
        editDomain((text) => text.replace(`${name}: { port: ${from}`, `${name}: { port: ${to}`));
      move("wg1", 51821, 51824);
      move("wg4", 51824, 51999);
      await apply("nas");
      expect(await audit("nas")).toBe(0);
      await apply("nas"); // so that the state has the order of the file again
      await read("ip link set wg4 mtu 1333", "nas");
      const targeted = await pulumi("up", "nas", "--yes", "--skip-preview", "--target", "**nas-wg4-**");
      expect({ code: targeted.code, said: targeted.code === 0 ? "" : targeted.stdout + targeted.stderr }).toEqual({
        code: 0,
        said: "",
      });
      expect(await audit("nas")).toBe(0);
      move("wg4", 51999, 51824);
      move("wg1", 51824, 51821);
      await apply("nas");
      expect(await audit("nas")).toBe(0);
      move("wg1", 51821, 51824);
      move("wg4", 51824, 51821);
      const swap = await pulumi("up", "nas", "--yes", "--skip-preview");
      expect([swap.code === 0, /wg1, wg4: they pass their UDP ports round/.test(swap.stdout + swap.stderr)]).toEqual([
        false,
        true,
      ]);
      move("wg1", 51824, 51821);
      move("wg4", 51821, 51824);
      expect(await audit("nas")).toBe(0);
    },
    4 * MINUTES,
  );

  test(
    "what somebody has replaced by hand is up and confirmed again afterwards, and a base that interfaces need stays",
    async () => {
      const { stdout } = await sh("pulumi stack --show-urns --stack router");
      const [apply = "", base = ""] = ["router-wg0-apply@", "router-base@"].map((name) =>
        stdout.match(new RegExp(`urn:\\S+::${name}\\S+`))?.at(0),
      );
      const link = await read("cat /sys/class/net/wg0/ifindex", "router");
      expect((await pulumi("up", "router", "--yes", "--skip-preview", "--replace", apply)).code).toBe(0);
      expect(await audit("router")).toBe(0);
      const made = await read("cat /sys/class/net/wg0/ifindex; test ! -e /etc/wirewright/wg0/txn", "router");
      expect(Number(made)).not.toBe(Number(link));
      const refused = await pulumi("up", "router", "--yes", "--skip-preview", "--replace", base);
      expect(refused.code).not.toBe(0);
      expect(refused.stdout + refused.stderr).toMatch(
        /wg0 is still here; a stack that has it .*pulumi up without --replace/,
      );
      expect((await pulumi("up", "router", "--yes", "--skip-preview")).stdout).toMatch(/12 unchanged/);
      expect(Number(await read("cat /sys/class/net/wg0/ifindex", "router"))).toBe(Number(made));
    },
    3 * MINUTES,
  );

  test(
    "a second stack for a server says that it takes it over, and its destroy takes nothing that the first has taken back",
    async () => {
      const said = async (verb: string, stack: string, ...options: readonly string[]) => {
        const { code, stdout, stderr } = await pulumi(verb, stack, ...options);
        return { code, told: /router was deployed last by another stack/.test(stdout + stderr) };
      };
      await read("cp Pulumi.router.yaml Pulumi.second.yaml; pulumi stack init second");
      expect(await said("preview", "second")).toEqual({ code: 0, told: true });
      await apply("second");
      expect(await said("preview", "second", "--expect-no-changes")).toEqual({ code: 0, told: false });
      expect(await said("preview", "router", "--expect-no-changes")).toEqual({ code: 7, told: true });
      await apply("router");
      await read("pulumi destroy --yes --skip-preview --stack second; pulumi stack rm --yes second");
      expect(await audit("router")).toBe(0);
    },
    3 * MINUTES,
  );

  test(
    "a changed host key is refused before anything is sent, with one sentence",
    async () => {
      const known = join(lab.dir, "home/.ssh/known_hosts");
      const right = readFileSync(known, "utf8");
      const [router = "", nas = ""] = right
        .trim()
        .split("\n")
        .map((line) => line.split(" ").at(-1) ?? "");
      writeFileSync(known, right.replaceAll(router, "X").replaceAll(nas, router).replaceAll("X", nas));
      try {
        const { code, stdout, stderr } = await pulumi("preview", "router");
        expect(code).not.toBe(0);
        expect(`${stdout}${stderr}`).toMatch(/host key/);
        expect(`${stdout}${stderr}`).not.toMatch(/^\s+at .*\.ts/m);
      } finally {
        writeFileSync(known, right);
      }
    },
    MINUTES,
  );

  test(
    "no key is in state, in what pulumi prints, in any argument list or environment on the device",
    async () => {
      const root = await read("cat root.secret");
      const settings = { domain: "domain.example.yaml", server: "router", implementation: "wireguard-go" };
      const { keys, plan } = openStack({
        name: "router",
        settings,
        rootSecret: root,
        directory: join(lab.dir, "project"),
      });
      const secrets = [
        root,
        ...plan.interfaces.flatMap((wg) => [
          keys.privateKey(wg.key),
          ...wg.peers.flatMap((peer) => [
            keys.presharedKey(peer.presharedKey),
            ...(peer.key.kind === "derived" ? [keys.privateKey(peer.key.name)] : []),
          ]),
        ]),
      ];
      expect(await read("cat /etc/wirewright/wg0/gen/*/document", "router")).toContain(secrets[1]); // the search can find them

      await read("wg set wg0 peer $(wg show wg0 peers | head -n 1) remove; wg set wg0 private-key /dev/null", "router");
      await read(
        "strace -f -v -s 65536 -e trace=execve -o /tmp/execve -p $(cat /run/sshd.pid) </dev/null >/dev/null 2>&1 & sleep 1",
        "router",
      );
      const printed = [await pulumi("preview", "router", "--diff"), await apply("router")];
      const execve = await read("sleep 1; cat /tmp/execve; kill $(pidof strace) 2>/dev/null; true", "router");
      expect(execve).toMatch(/wgctl/);
      const places = {
        state: await read("pulumi stack export --stack router"),
        printed: printed.map(({ stdout, stderr }) => stdout + stderr).join("\n"),
        execve,
        journal: await read("cat /etc/wirewright/journal; cat /var/log/* 2>/dev/null; true", "router"),
        plan: await read("wirewright plan domain.example.yaml --json; wirewright status --stack router --json || true"),
      };
      for (const [place, text] of Object.entries(places)) {
        expect({
          place,
          leaks: secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form))).length,
        }).toEqual({ place, leaks: 0 });
      }
    },
    3 * MINUTES,
  );

  test(
    "a root secret that stands in the stack file in clear is refused, the same one encrypted is taken",
    async () => {
      const file = join(lab.dir, "project/Pulumi.router.yaml");
      const settings = readFileSync(file, "utf8");
      const root = await read("cat root.secret");
      try {
        writeFileSync(file, settings.replace(/wirewright:rootSecretFile:.*/, `wirewright:rootSecret: ${root.trim()}`));
        const { code, stdout, stderr } = await pulumi("preview", "router");
        expect(code).not.toBe(0);
        expect(stdout + stderr).toContain("holds the root secret in clear; remove it there, then make a new one");
        expect(stdout + stderr).not.toContain(root.trim());
        writeFileSync(file, settings.replace(/.*wirewright:rootSecretFile:.*\n/, ""));
        await read('pulumi config set --secret wirewright:rootSecret "$(cat root.secret)" --stack router');
        expect(await audit("router")).toBe(0);
      } finally {
        writeFileSync(file, settings);
      }
    },
    2 * MINUTES,
  );

  test(
    "destroy works after the intent file has changed, and leaves the device as it was",
    async () => {
      editDomain((text) => text.replace(/^ {6}wg15:.*\n/m, "").replace(/^.*nas\/wg15.*\n/gm, ""));
      const { code, stdout } = await pulumi("destroy", "nas", "--yes", "--skip-preview");
      expect({ code, stdout: code === 0 ? "" : stdout }).toEqual({ code: 0, stdout: "" });
      expect(await fingerprintOf(lab, "nas")).toBe(pristine);
      expect(await audit("router")).toBe(0);
    },
    3 * MINUTES,
  );
});

/** As it is, as hex, and as base64 of its text. */
function formsOf(secret: string): readonly string[] {
  return [secret, Buffer.from(secret, "base64").toString("hex"), Buffer.from(secret).toString("base64").slice(0, 56)];
}
