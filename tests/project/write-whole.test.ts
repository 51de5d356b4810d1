import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../project/write-whole.ts";
import { withFiles } from "../support/cli.ts";

test("a file of others that is called as a temporary one might be stays, and is no obstacle", () =>
  withFiles({}, async (directory) => {
    const file = join(directory, "client.conf");
    const theirs = `${file}.${process.pid}.tmp`;
    writeFileSync(theirs, "theirs");
    writeWhole(file, "ours", { exactly: 0o600 });
    expect([readFileSync(file, "utf8"), readFileSync(theirs, "utf8")]).toEqual(["ours", "theirs"]);
    expect(readdirSync(directory)).toHaveLength(2);
  }));

test("what could not be put in its place is removed", () =>
  withFiles({}, async (directory) => {
    mkdirSync(join(directory, "taken"));
    expect(() => writeWhole(join(directory, "taken"), "ours", { atMost: 0o600 })).toThrow("EISDIR");
    expect(readdirSync(directory)).toEqual(["taken"]);
  }));
