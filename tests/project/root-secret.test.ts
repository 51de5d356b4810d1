import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { decodeRootSecret, readRootSecretFile } from "../../project/root-secret.ts";
import { withFiles } from "../support/cli.ts";

test("a root secret file that is not there, is a directory or leads in a circle is bad input, told in one sentence", () =>
  withFiles({ file: "" }, async (directory) => {
    const at = (name: string): string => join(directory, name);
    mkdirSync(at("folder"), { mode: 0o700 });
    symlinkSync("circle", at("circle"));
    const told = (name: string, rest: string) =>
      expect(() => readRootSecretFile(at(name))).toThrow(
        expect.objectContaining({ exitCode: 2, message: `the root secret file ${at(name)} cannot be read${rest}` }),
      );
    const make = `make one with: (umask 077; head -c 32 /dev/urandom | base64 > ${at("absent")})`;
    told("absent", `; restore your copy of it if anything is deployed with it already; only otherwise ${make}`);
    told("folder", " (EISDIR); see with ls -l whether it is a file that you may read");
    told("circle", " (ELOOP); see with ls -l whether it is a file that you may read");
    told("file/root.secret", " (ENOTDIR); see with ls -l whether it is a file that you may read");
  }));

test.each([32, 57, 58, 64, 1000])("%i bytes as base64 prints them, in lines of 76, are a root secret", (bytes) => {
  const text = execFileSync("sh", ["-c", `head -c ${bytes} /dev/urandom | base64`], { encoding: "utf8" });
  expect(decodeRootSecret(text, "it")).toHaveLength(bytes);
});
