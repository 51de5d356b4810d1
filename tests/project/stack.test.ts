import { randomBytes } from "node:crypto";
import { deviceChecks } from "../../cli/doctor/devices.ts";
import { keyRing } from "../../core/plan/keys.ts";
import { openStack } from "../../project/stack.ts";
import { HOME, wirewright, withFiles } from "../support/cli.ts";

jest.setTimeout(120_000);

const BYTES = Buffer.from("a root secret for tests of opening a stack");
const keys = keyRing(new Uint8Array(BYTES));
const KEY = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";

/** A project whose phone brought the key that is derived for this path. */
const project = (path: string) => ({
  "domain.yaml": HOME.replace(KEY, keys.publicKey({ path, epoch: 1 })),
  "root.secret": `${BYTES.toString("base64")}\n`,
  // Nobody answers there, and nobody is asked.
  "Pulumi.router.yaml": "config:\n  wirewright:server: router\n  wirewright:rootSecretFile: root.secret\n",
});

const open = (directory: string) =>
  openStack({
    name: "router",
    settings: { server: "router", domain: "domain.yaml", rootSecretFile: "root.secret" },
    rootSecret: undefined,
    directory,
  });

test.each([
  ["another client of its interface", "router/wg0/laptop"],
  ["its interface", "router/wg0"],
])("a brought key that is the derived one of %s is bad input, at its client, when the stack is opened", (_, owner) =>
  withFiles(project(owner), async (directory) => {
    const problem = `domain.yaml:23:7 duplicate-key-pair router/wg0/phone brought the public key that is derived for ${owner}; every client makes a key pair of its own, or leaves publicKey out`;
    expect(() => open(directory)).toThrow(expect.objectContaining({ exitCode: 2, lines: [`${directory}/${problem}`] }));
    const client = await wirewright(directory, ["client", "domain.yaml", "router/wg0/tv"]);
    expect(client).toMatchObject({ code: 2, out: "" });
    expect(client.err).toContain("duplicate-key-pair router/wg0/phone brought");
    const status = await wirewright(directory, ["status", "--stack", "router"]);
    expect(status).toMatchObject({ code: 2, out: "" });
    expect(status.err).toContain("duplicate-key-pair router/wg0/phone brought");
  }),
);

test.each([32, 48, 64])("a root secret of %i bytes in the place of its file's name is in no message", (bytes) => {
  const secret = randomBytes(bytes).toString("base64");
  return withFiles(
    {
      ...project("router/wg0/phone"),
      "Pulumi.yaml": "name: wirewright\n",
      "Pulumi.router.yaml": `config:\n  wirewright:server: router\n  wirewright:rootSecretFile: ${secret}\n`,
    },
    async (directory) => {
      const { err, ...client } = await wirewright(directory, ["client", "domain.yaml", "router/wg0/tv"]);
      expect({ ...client, err }).toMatchObject({ code: 2, out: "" });
      expect(err).toMatch(/rootSecretFile .*the root secret itself.*; write a path there, .*make a new one/);
      const environment = { directory, home: directory, systemKnownHosts: "none" };
      const doctor = JSON.stringify(await deviceChecks(environment));
      expect(doctor).toContain("the root secret itself");
      for (let i = 0; i + 12 <= secret.length; i++) expect(err + doctor).not.toContain(secret.slice(i, i + 12));
    },
  );
});

test("a file with a long name is read, and named where it is no secret", () => {
  const name = "Root0Secret1Of2The3Network4At5Home6And7Of8Friends";
  return withFiles({ ...project("router/wg0/phone"), [name]: "short" }, async (directory) => {
    const settings = { server: "router", domain: "domain.yaml", rootSecretFile: name };
    expect(() => openStack({ name: "router", settings, rootSecret: undefined, directory })).toThrow(
      `the root secret file ${directory}/${name} is not base64`,
    );
  });
});

test("a key that is derived for nobody here opens", () =>
  withFiles(project("router/wg0/phone"), async (directory) => {
    // Its own derived key is nobody else's, and so is one of another interface.
    expect(open(directory).plan.server).toBe("router");
  }));
