import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readIntent } from "../../project/intent.ts";
import { CLEAN, edited } from "../core/domain/marked.ts";
import { ROOT, wirewright } from "./run.ts";

const PROGRAM = join(ROOT, "cli/wirewright.mjs");

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
  ["no such file", () => join(directory, "nope.yaml"), /nope\.yaml:1:1 unreadable-file the file does not exist; /],
  ["a directory", () => directory, /:1:1 unreadable-file this is a directory; /],
  ["a path through a file", () => join(fileOf(CLEAN), "x"), /:1:1 unreadable-file the path goes through /],
  ["a pipe with a name", () => pipe("pipe.yaml"), /pipe\.yaml:1:1 unreadable-file this is a pipe; /],
  ["a device without end", () => "/dev/zero", /1:1 file-too-large/],
])("%s ends 2 with one sentence", (_, file, pattern) => {
  const { code, stdout, stderr } = wirewright(["check", file()]);
  expect(code).toBe(2);
  expect(stdout + stderr).toMatch(pattern);
  expect((stdout + stderr).trimEnd().split("\n")).toHaveLength(1);
});

function pipe(name: string): string {
  const file = join(directory, name);
  spawnSync("mkfifo", [file]);
  return file;
}

test("a file that can't be read is a list of one problem as JSON", () => {
  const { code, stdout, stderr } = wirewright(["check", "--json", join(directory, "nope.yaml")]);
  expect([code, stderr]).toEqual([2, ""]);
  expect(JSON.parse(stdout)).toMatchObject([{ code: "unreadable-file", path: "", line: 1, column: 1 }]);
});

test("a lock that is a pipe is a problem of the lock, and keeps nobody waiting", () => {
  const file = fileOf(CLEAN, "piped.yaml");
  pipe("piped.lock.yaml");
  const { code, stdout } = wirewright(["check", file]);
  expect(code).toBe(2);
  expect(stdout).toBe(
    `${join(directory, "piped.lock.yaml")}:1:1 unreadable-file this is a pipe; put a plain file there, or take it away and run wirewright lock\n`,
  );
});

const shell = (script: string) =>
  spawnSync("bash", ["-c", script, PROGRAM, fileOf(CLEAN), process.execPath], { encoding: "utf8", timeout: 60_000 });

test("pipes without a name are read: standard input and what the shell makes", () => {
  for (const script of ['cat "$1" | "$2" "$0" check /dev/stdin', '"$2" "$0" check <(cat "$1")']) {
    const { status, stdout, stderr } = shell(script);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  }
});

test("a reader that has gone changes no exit code", () => {
  const { stdout } = shell('echo x > "$1.bad"; { "$2" "$0" check "$1.bad"; echo "$?" >&3; } 3>&1 >/dev/full | cat');
  expect(stdout).toBe("1\n");
  const piped = shell('echo x > "$1.bad"; { sleep 0.3; "$2" "$0" check "$1.bad"; echo "$?" >&2; } | true');
  expect(piped.stderr).toBe("2\n");
});

test("a contradicted expectation is found beside faults that it does not depend on", () => {
  const contradicted = edited("to: self, verdict: allow", "to: self, verdict: deny");
  const faults: readonly (readonly [find: string, replacement: string, code: string])[] = [
    ["version: 1", 'version: "1"', "bad-value"],
    ["port: 51825", "port: 99999", "out-of-range"],
    ["port: 51825, ", "", "missing-key"],
    ["port: 51825", "port: 51820", "duplicate-port"],
    ["laptop: {}", "laptop: { epoch: 0 }", "out-of-range"],
    ["hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=", "x", "key-syntax"],
    ["address: 10.66.0.20", "address: 10.66.9.20", "address-outside"],
    ["port: tcp/22", "port: tcp/0", "bad-ports"],
    ["from: router/wg0/laptop, to: 192", "from: router/wg0/lptop, to: 192", "unknown-client"],
  ];
  for (const [find, replacement, code] of faults) {
    const { stdout } = wirewright(["check", "--json", fileOf(contradicted.replace(find, replacement))]);
    expect(JSON.parse(stdout)).toMatchObject([{ code }, { code: "expectation", path: "expect[1]", column: 5 }]);
  }
});

test("an expectation is not judged beside a fault that it may depend on", () => {
  const text = edited("lab: { reach: [self] }", "lab: { reach: [slef] }");
  const { problems } = readIntent(fileOf(text));
  expect(problems.map(({ code }) => code)).toEqual(["unknown-subnet"]);
});

test("faults of both files are found at once, and those of the lock name it", () => {
  const contradicted = edited("to: self, verdict: allow", "to: self, verdict: deny").replace("51825", "99999");
  const file = fileOf(contradicted, "both.yaml");
  const lock = fileOf("version: 1\nhosts:\n  x\n", "both.lock.yaml");
  const { stdout } = wirewright(["check", file]);
  expect(stdout.match(/\S+:\d+:\d+ \S+/g)).toEqual([
    `${file}:8:20 out-of-range`,
    `${file}:33:5 expectation`,
    `${lock}:3:1 lock-syntax`,
  ]);
  expect(JSON.parse(wirewright(["check", "--json", file]).stdout).map((one: { file?: string }) => one.file)).toEqual([
    undefined,
    undefined,
    lock,
  ]);
});

test("an address that the lock gives to another stands where it is pinned, beside a contradicted expectation", () => {
  const file = fileOf(edited("to: self, verdict: allow", "to: self, verdict: deny"), "taken.yaml");
  fileOf("version: 1\nhosts:\n  router/wg0/laptop: 20\nreleased: {}\n", "taken.lock.yaml");
  const { stdout } = wirewright(["check", "--json", file]);
  expect(JSON.parse(stdout)).toMatchObject([
    { code: "address-taken", path: "bindings[0].clients.branch.address", line: 27, column: 49 },
    { code: "expectation", path: "expect[1]", line: 33, column: 5 },
  ]);
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
    `${CLEAN}# ${secret}\n`,
    `${CLEAN}x: "${secret}\n`,
    `? ["${secret}"]\n: 1\n${CLEAN}`,
  ];
  for (const text of places) {
    const { code, stdout, stderr } = wirewright(["check", fileOf(text), "--json"]);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(secret.slice(0, 40));
  }
});
