import { HOME, wirewright, withFiles } from "../support/cli.ts";

const STACK = "config:\n  wirewright:domain: domain.yaml\n  wirewright:server: router\n";

test("every problem of the intent is a line, as check prints it", () => {
  const domain = HOME.replace("51820", "99999").replace("51821", "0");
  return withFiles({ "domain.yaml": domain, "Pulumi.router.yaml": STACK }, async (directory) => {
    const { code, out, err } = await wirewright(directory, ["status", "--stack", "router"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err.replaceAll(directory, "")).toBe(
      "/domain.yaml:7:20 out-of-range the number 99999 is out of range; write at most 65535\n" +
        "/domain.yaml:11:20 out-of-range the number 0 is out of range; write at least 1\n",
    );
  });
});

test("so is every problem of the stack's settings", () => {
  const stack = `${STACK}  wirewright:mtu: 1\n  wirewright:sshPort: 0\n`;
  return withFiles({ "domain.yaml": HOME, "Pulumi.router.yaml": stack }, async (directory) => {
    const { code, err } = await wirewright(directory, ["status", "--stack", "router"]);
    expect(code).toBe(2);
    expect(err.match(/^Pulumi\.router\.yaml: wirewright:\S+/gm)).toEqual([
      "Pulumi.router.yaml: wirewright:mtu",
      "Pulumi.router.yaml: wirewright:sshPort",
    ]);
  });
});

test("and a path for SSH that leads nowhere", () => {
  const secret = Buffer.from("a root secret for tests of the status verb").toString("base64");
  const stack = `${STACK}  wirewright:rootSecretFile: root.secret\n  wirewright:sshKnownHosts: nope\n`;
  const files = { "domain.yaml": HOME, "Pulumi.router.yaml": stack, "root.secret": `${secret}\n` };
  return withFiles(files, async (directory) => {
    const { code, err } = await wirewright(directory, ["status", "--stack", "router"]);
    expect([code, err.replaceAll(directory, "")]).toEqual([
      2,
      "wirewright: there is no file /nope; correct wirewright:sshKnownHosts\n",
    ]);
  });
});
