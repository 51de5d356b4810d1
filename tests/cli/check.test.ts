import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLEAN, edited } from "../core/domain/marked.ts";
import { wirewright } from "./run.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wirewright-check-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function fileOf(text: string | Uint8Array, name = "domain.yaml"): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

test("a clean file ends 0 and says nothing; as JSON it is an empty list", () => {
  const file = fileOf(CLEAN);
  expect(wirewright(["check", file])).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(wirewright(["check", file, "--json"])).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
});

test("the example of the repository is clean", () => {
  expect(wirewright(["check", "domain.example.yaml"])).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("problems end 2, one line each, FILE:LINE:COL CODE message", () => {
  const file = fileOf(edited("port: 51825", "port: 70000").replace("profile: lab", "profile: lob"));
  const { code, stdout, stderr } = wirewright(["check", file]);
  expect([code, stderr]).toEqual([2, ""]);
  expect(stdout.split("\n")).toEqual([
    `${file}:8:20 out-of-range the number 70000 is out of range; write at most 65535`,
    `${file}:28:14 unknown-profile there is no profile "lob"; did you mean "lab"?`,
    "",
  ]);
});

test("JSON has code, path, line, column, message and hint", () => {
  const { code, stdout } = wirewright(["check", "--json", fileOf(edited("port: 51825", "port: 70000"))]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual([
    {
      code: "out-of-range",
      path: "servers.router.interfaces.wg5.port",
      line: 8,
      column: 20,
      message: "the number 70000 is out of range",
      hint: "write at most 65535",
    },
  ]);
});

test("an expectation that the compiled policy contradicts is a problem at its line", () => {
  const { code, stdout } = wirewright(["check", fileOf(edited("to: self, verdict: allow", "to: self, verdict: deny"))]);
  expect(code).toBe(2);
  expect(stdout).toMatch(/:33:5 expectation nas\/wg1\/runner /);
});

test("a fault in the lock file names the lock file", () => {
  const file = fileOf(CLEAN, "locked.yaml");
  fileOf("clients: [", "locked.lock.yaml");
  const { code, stdout } = wirewright(["check", file]);
  expect(code).toBe(2);
  expect(stdout).toMatch(/^\S+locked\.lock\.yaml:1:\d+ /);
});

test.each([
  ["no such file", () => join(directory, "nope.yaml"), /does not exist/],
  ["a directory", () => directory, /is a directory/],
  ["a device without end", () => "/dev/zero", /1:1 file-too-large/],
])("%s ends 2 with one sentence", (_, file, pattern) => {
  const { code, stdout, stderr } = wirewright(["check", file()]);
  expect(code).toBe(2);
  expect(stdout + stderr).toMatch(pattern);
  expect((stdout + stderr).trimEnd().split("\n")).toHaveLength(1);
});

test("nothing in a file reaches the terminal as it is: not from values, names, comments, nor in JSON", () => {
  const evil = '"\\e]0;owned\\a\\u202e\\u009b31m"';
  const text = edited("vpn.example.net", evil)
    .replace("laptop: {}", `${evil}: {}`)
    .replace("profile: lab", `profile: ${evil}`);
  const files = [fileOf(text), fileOf(`# \u001b[31m \u202e \u0000\n${CLEAN}`, "raw.yaml")];
  for (const file of files) {
    for (const args of [
      ["check", file],
      ["check", file, "--json"],
    ]) {
      const { code, stdout, stderr } = wirewright(args);
      expect(code).toBe(2);
      expect(stdout + stderr).toMatch(/^[\n -~…]*$/);
    }
  }
});

test("a private key in the file is never repeated, wherever it stands", () => {
  const secret = "qGVxQKj7Z2wNqF1z0cNvJ8WlYp3Yq4xRkU5sT2bVd0E=";
  const places = [
    edited("vpn.example.net", `"${secret}"`),
    edited("laptop: {}", `"${secret}": {}`),
    edited("laptop: {}", `"${secret.slice(0, 43)}": {}`),
    edited("laptop: {}", `laptop: { publicKey: "${secret}" }`),
    edited("laptop: {}", `laptop: { publicKey: "${secret.slice(0, 43)}" }`),
    edited("laptop: {}", `laptop: { privateKey: "${secret}" }`),
    edited("laptop: {}", `laptop: { "${secret}": 1 }`),
    edited("profile: lab", `profile: "${secret}"`),
    edited("to: 192.168.1.10", `to: "router/wg0/${secret}"`),
    edited("192.168.60.0/24", `"${secret}"`),
    edited("tcp/443", `"${secret}"`),
    edited("version: 1", `version: "${secret}"`),
    `${CLEAN}${secret}\n`,
    `${CLEAN}x: "${secret}\n`,
    `? ["${secret}"]\n: 1\n${CLEAN}`,
  ];
  for (const text of places) {
    const { code, stdout, stderr } = wirewright(["check", fileOf(text), "--json"]);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(secret.slice(0, 40));
  }
});
