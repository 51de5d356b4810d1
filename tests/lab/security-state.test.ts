import { readFileSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../../lab/run.ts";
import { up } from "../../lab/up.ts";
import type { Stack } from "../../project/stack.ts";
import { describeLab, scratchLab } from "../support/lab.ts";
import { writeStack } from "../support/sealed.ts";

// What a reader or forger of Pulumi's state can't do. That no secret is in it: tests/lab/pulumi-flow.test.ts.

jest.setTimeout(240_000);

describeLab("the state of a stack", () => {
  const { lab, read, close } = scratchLab("state");
  const file = join(lab.dir, "pulumi-state/.pulumi/stacks/wirewright/proof.json");
  let stack: Stack;

  beforeAll(async () => {
    await up(lab);
    stack = await writeStack(lab);
    await read("pulumi stack select --create proof");
    await pulumi("up", "--yes", "--skip-preview");
  });
  afterAll(close);

  const pulumi = (verb: string, ...options: readonly string[]) =>
    capture(lab, { argv: ["pulumi", verb, "--stack", "proof", "--non-interactive", ...options], timeoutSeconds: 200 });
  const preview = () => pulumi("preview", "--expect-no-changes", "--diff");

  async function forge(state: string): Promise<void> {
    const argv = ["pulumi", "stack", "import", "--stack", "proof", "--non-interactive"];
    const { code, stderr } = await capture(lab, { argv, stdin: state });
    if (code !== 0) throw new Error(stderr);
  }

  test("S28 state tamper detected: what somebody changed in the state shows in the preview, and what is live stays right", async () => {
    // The strongest forger: one who has the passphrase, too.
    const right = await read("pulumi stack export --show-secrets --stack proof");
    expect((await preview()).code).toBe(0);
    const [wg] = stack.plan.interfaces;
    const peer = wg?.peers.find(({ path }) => path.endsWith("/tv"));
    if (wg === undefined || peer === undefined) throw new Error("no such client");
    const key = stack.keys.peerPublicKey(peer.key);
    const revision = (await read("cat /etc/wirewright/wg0/current", "router")).trim();
    const live = await read("wg show wg0 allowed-ips | sort; nft -s list table inet wirewright_wg0", "router");
    const forgeries = [
      { what: "a peer's key", from: key, to: `${key.slice(0, 20)}${key[20] === "A" ? "B" : "A"}${key.slice(21)}` },
      { what: "a peer's address", from: "10.66.0.", to: "10.66.9." },
      { what: "a revision", from: revision, to: revision.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) },
    ];
    for (const { what, from, to } of forgeries) {
      expect({ what, found: right.includes(from) }).toEqual({ what, found: true });
      await forge(right.replaceAll(from, to));
      const { code, stdout } = await preview();
      expect({ what, silent: code === 0 }).toEqual({ what, silent: false });
      expect(stdout).toMatch(/router-wg0/);
    }
    // An up of a forged state makes the device what the intent says, and nothing else.
    expect((await pulumi("up", "--yes", "--skip-preview")).code).toBe(0);
    expect(await read("wg show wg0 allowed-ips | sort; nft -s list table inet wirewright_wg0", "router")).toBe(live);
    expect((await preview()).code).toBe(0);
  });

  test("S1 no secret in state: what is stored of a document is encrypted, and a wrong passphrase opens nothing", async () => {
    const text = readFileSync(file, "utf8");
    const secrets = stack.plan.interfaces.flatMap((wg) => [
      stack.keys.privateKey(wg.key),
      ...wg.peers.map((peer) => stack.keys.presharedKey(peer.presharedKey)),
    ]);
    for (const secret of secrets) {
      const bytes = Buffer.from(secret, "base64");
      const forms = [
        secret,
        bytes.toString("hex"),
        Buffer.from(secret).toString("base64").slice(0, 56),
        [...secret].reverse().join(""),
      ];
      expect(forms.filter((form) => text.includes(form))).toEqual([]);
    }
    expect(text).toMatch(/"ciphertext"/);
    const shown = await capture(lab, {
      argv: [
        "env",
        "PULUMI_CONFIG_PASSPHRASE=wrong",
        "pulumi",
        "stack",
        "export",
        "--show-secrets",
        "--stack",
        "proof",
      ],
    });
    expect(shown.code).not.toBe(0);
    // With the right one it is all there: the search can find.
    expect(await read("pulumi stack export --show-secrets --stack proof")).toContain(secrets[0]);
  });
});
