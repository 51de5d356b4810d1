// One table of cases for command:remote:Command, run against whichever plugin is installed: the official one or the
// stand-in of tools/command-plugin. The server, the CLI, the language host and the programs are real.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { noLabBecause, toolchain } from "../../tools/toolchain.ts";
import { type SshServer, startSshServer } from "../support/command-plugin-server.ts";
import { type CommandCase, openStack, pluginUnderTest, type TestStack } from "../support/command-plugin-stack.ts";

const reason = noLabBecause(
  pluginUnderTest() ? { ...toolchain(), commandPlugin: pluginUnderTest() ?? "" } : toolchain(),
);

if (reason !== undefined) test.skip(`command plugin: ${reason}`, () => undefined);
else describe("command:remote:Command", cases);

function cases(): void {
  jest.setTimeout(300_000);
  let server: SshServer;
  let journals: string;
  let stack: TestStack;
  let stacks = 0;

  beforeAll(async () => {
    server = await startSshServer();
    journals = join(server.directory, "journals");
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    rmSync(journals, { recursive: true, force: true });
    mkdirSync(journals);
    stacks += 1;
    stack = await openStack(server, `stack${stacks}`);
  });

  const connection = (changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
    host: "127.0.0.1",
    port: server.port,
    user: "root",
    privateKey: server.privateKey,
    hostKey: server.hostKey,
    dialErrorLimit: 3,
    ...changes,
  });
  /** A script that writes down that it ran, with its word and its stdin. */
  const script = (name: string, word: string): string => `echo "${word} $(cat)" >>${join(journals, name)}`;
  const journal = (name: string): readonly string[] => {
    const file = join(journals, name);
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  };
  const command = (name: string, args: Readonly<Record<string, unknown>> = {}): CommandCase => ({
    name,
    args: {
      connection: connection(),
      create: script(name, "create"),
      update: script(name, "update"),
      delete: script(name, "delete"),
      stdin: "one",
      logging: "none",
      addPreviousOutputInEnv: false,
      ...args,
    },
  });
  const up = async (commands: readonly CommandCase[]): Promise<void> => {
    stack.write(commands);
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    if (code !== 0) throw new Error(output);
  };

  test("a changed input is an update, a changed trigger creates anew and then deletes, and only that script runs", async () => {
    const table = [
      { name: "same", change: {}, op: undefined, ran: [] },
      { name: "stdin", change: { stdin: "two" }, op: "update", ran: ["update two"] },
      { name: "create", change: { create: "true" }, op: "update", ran: ["update one"] },
      { name: "update", change: { update: script("update", "changed") }, op: "update", ran: ["changed one"] },
      { name: "delete", change: { delete: "true" }, op: "update", ran: ["update one"] },
      { name: "logging", change: { logging: "stdout" }, op: "update", ran: ["update one"] },
      {
        name: "connection",
        change: { connection: connection({ dialErrorLimit: 4 }) },
        op: "update",
        ran: ["update one"],
      },
      { name: "trigger", change: { triggers: ["a", "c"] }, op: "replace", ran: ["create one", "delete one"] },
      { name: "triggers", first: {}, change: { triggers: ["a"] }, op: "replace", ran: ["create one", "delete one"] },
    ];
    const before = table.map(({ name, first }) => command(name, first ?? { triggers: ["a", "b"] }));
    const after = table.map(({ name, first, change }) =>
      command(name, { ...(first ?? { triggers: ["a", "b"] }), ...change }),
    );
    await up(before);
    expect(table.map(({ name }) => journal(name))).toEqual(table.map(() => ["create one"]));
    stack.write(after);
    const preview = await stack.pulumi("preview", "--json");
    expect(operations(preview.stdout)).toEqual(Object.fromEntries(table.map(({ name, op }) => [name, op])));
    await up(after);
    expect(table.map(({ name }) => journal(name).slice(1))).toEqual(table.map(({ ran }) => ran));
  });

  test("without an update script the create script runs again", async () => {
    await up([command("again", { update: undefined })]);
    await up([command("again", { update: undefined, stdin: "two" })]);
    expect(journal("again")).toEqual(["create one", "create two"]);
  });

  test("a delete takes its script, stdin and connection from the state, not from the program", async () => {
    await up([command("gone")]);
    const elsewhere = connection({ port: server.blackHolePort });
    stack.write([command("gone", { delete: script("gone", "wrong"), stdin: "two", connection: elsewhere })]);
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect([code, output]).toEqual([0, expect.anything()]);
    expect(journal("gone")).toEqual(["create one", "delete one"]);
  });

  test("a failing script's command line and output are in the error, its stdin is not, and it never gets deleted", async () => {
    const canary = randomBytes(12).toString("hex");
    const failing = "cat >/dev/null; echo on-stdout; echo on-stderr >&2; exit 3";
    stack.write([command("broken", { create: failing, stdin: canary })]);
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    for (const part of ["status 3", "cat >/dev/null; echo on-stdout", "on-stdout\n", "on-stderr\n"])
      expect(output).toContain(part);
    expect(output).not.toContain(canary);
    expect((await stack.pulumi("destroy", "--yes", "--skip-preview")).code).toBe(0);
    expect(journal("broken")).toEqual([]);
  });

  test("a failed update keeps the old state, so that the next run tries it again", async () => {
    await up([command("retry")]);
    stack.write([command("retry", { update: "exit 1", stdin: "two" })]);
    expect((await stack.pulumi("up", "--yes", "--skip-preview")).code).not.toBe(0);
    expect(operations((await stack.pulumi("preview", "--json")).stdout)).toEqual({ retry: "update" });
    await up([command("retry", { stdin: "two" })]);
    expect(journal("retry")).toEqual(["create one", "update two"]);
  });

  test("a host with another key is refused before any command, also when the limit allows more tries", async () => {
    stack.write([command("imposter", { connection: connection({ hostKey: server.otherHostKey, dialErrorLimit: 1 }) })]);
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toContain("host key mismatch");
    expect(journal("imposter")).toEqual([]);
  });

  test("secrets are in no output and in no exported state, in any encoding", async () => {
    const [input, printed] = [randomBytes(24).toString("hex"), randomBytes(24).toString("hex")];
    const secretive = (stdin: string): CommandCase => ({
      ...command("secretive", { create: "cat; cat >&2", update: "cat; cat >&2", stdin }),
      secret: ["stdin"],
      opts: { additionalSecretOutputs: ["stdout", "stderr"] },
    });
    stack.write([secretive(input)]);
    const runs = [await stack.pulumi("preview", "--diff"), await stack.pulumi("up", "--yes", "--diff")];
    stack.write([secretive(printed)]);
    runs.push(await stack.pulumi("preview", "--json"), await stack.pulumi("up", "--yes", "--diff"));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const exported = await stack.pulumi("stack", "export");
    const seen = [...runs, exported].map(({ output }) => output).join("\n");
    expect(exported.stdout).toContain("secretive");
    for (const secret of [input, printed, keyBody(server.privateKey)]) {
      for (const text of encodings(secret)) expect(seen).not.toContain(text);
    }
    const shown = await stack.pulumi("stack", "export", "--show-secrets");
    expect(shown.stdout).toContain(printed); // what proves that the search can find something
  });

  test("a preview dials nobody, and knows what a command prints only when no input of it changed", async () => {
    const [same, changed, fresh] = ["same", "changed", "fresh"].map((name) => command(name));
    if (!same || !changed || !fresh) throw new Error("three commands expected");
    await up([same, changed]);
    const rude = { connection: connection({ port: server.rudePort }) };
    stack.write([
      same,
      { ...changed, args: { ...changed.args, ...rude } },
      { ...fresh, args: { ...fresh.args, ...rude } },
    ]);
    const { code, output } = await stack.pulumi("preview");
    expect(code).toBe(0);
    expect(new Set(output.match(/\w+ knows its stdout/g))).toEqual(new Set(["same knows its stdout"]));
    expect(existsSync(join(server.directory, "dials.log"))).toBe(false);
  });

  test("dialErrorLimit bounds the dials, and every failed handshake counts as one", async () => {
    const log = join(server.directory, "dials.log");
    rmSync(log, { force: true });
    stack.write([command("rude", { connection: connection({ port: server.rudePort, dialErrorLimit: 2 }) })]);
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toContain("after 2 failed attempts");
    expect(readFileSync(log, "utf8").match(/dial/g)).toHaveLength(3);
  });

  test("perDialTimeout bounds a dial that nobody answers", async () => {
    stack.write([
      command("hole", { connection: connection({ port: server.blackHolePort, perDialTimeout: 1, dialErrorLimit: 1 }) }),
    ]);
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toContain("i/o timeout"); // the kernel alone would say "connection timed out", after minutes
  });

  test("a remote timeout ends a command that hangs", async () => {
    stack.write([command("hung", { create: "timeout 1 sleep 1000" })]);
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toContain("status 124");
  });

  test("3 MB of stdin arrive whole", async () => {
    const stdin = randomBytes(2_250_000).toString("base64");
    expect(stdin).toHaveLength(3_000_000);
    await up([command("large", { create: `sha256sum >${join(journals, "large")}`, stdin })]);
    expect(journal("large")).toEqual([`${createHash("sha256").update(stdin).digest("hex")}  -`]);
  });

  test("an environment variable that the server refuses fails the command before it runs", async () => {
    stack.write([command("refused", { environment: { NOT_ACCEPTED: "x" } })]);
    const { code } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(journal("refused")).toEqual([]);
  });
}

/** What `pulumi preview --json` is about to do with each Command that it doesn't leave alone. */
function operations(json: string): Readonly<Record<string, string>> {
  const { steps }: { readonly steps: readonly { readonly op: string; readonly urn: string }[] } = JSON.parse(json);
  const whole = steps.filter(({ op }) => op !== "create-replacement" && op !== "delete-replaced"); // parts of a replace
  const commands = whole.filter(({ op, urn }) => op !== "same" && urn.includes("command:remote:Command::"));
  return Object.fromEntries(commands.map(({ op, urn }) => [urn.split("::").at(-1), op]));
}

const encodings = (text: string): readonly string[] => [
  text,
  Buffer.from(text).toString("base64").replace(/=+$/, ""),
  Buffer.from(text).toString("hex"),
];

/** A line from the middle of a private key file: the first ones are the same in all of them. */
const keyBody = (privateKey: string): string => privateKey.split("\n")[3] ?? "";
