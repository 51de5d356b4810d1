import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { register } from "../../cli/lab.ts";
import { exitCodeOf } from "../../cli/output.ts";
import { wirewright, withFiles } from "../support/cli.ts";

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

/** The exit code of a verb that fails, in a place whose lab `default` has this deed, if any. */
function codeOf(args: readonly string[], deed?: string): Promise<number> {
  return withFiles({}, async (directory) => {
    process.env.WIREWRIGHT_STATE = directory;
    const lab = join(directory, "lab/default");
    mkdirSync(lab, { recursive: true });
    if (deed !== undefined) writeFileSync(join(lab, "lab.json"), deed);
    const program = new Command().exitOverride();
    register(program);
    return program.parseAsync(["lab", ...args], { from: "user" }).then(
      () => 0,
      (error) => exitCodeOf(error),
    );
  });
}

test("the state of a lab is told in words that don't act on a terminal, whatever its files say", () =>
  withFiles({}, async (directory) => {
    const clients = join(directory, "lab/default/clients");
    mkdirSync(clients, { recursive: true });
    writeFileSync(join(directory, "lab/default/lab.json"), "{}");
    writeFileSync(join(clients, "x.json"), JSON.stringify({ name: "a\u001b[2J\u2028b", at: "lan", host: 100 }));
    process.env.WIREWRIGHT_STATE = directory;
    const { out } = await wirewright(directory, ["lab", "status"]);
    expect(out).toContain("a\\u{1b}[2J\\u{2028}b");
    expect(out).toMatch(/^[ -~\n]*$/);
  }));

test.each([
  [2, "a name that no lab can have", ["reboot", "router", "--name", "a-b"], "{}"],
  [2, "a device that the lab does not have", ["reboot", "fridge"], "{}"],
  [2, "a node that the lab does not have", ["run", "--on", "fridge", "--", "true"], undefined],
  [1, "a broken lab", ["reboot", "router"], "{"],
])("exit code %i for %s", async (code, _, args, deed) => {
  expect(await codeOf(args, deed)).toBe(code);
});
