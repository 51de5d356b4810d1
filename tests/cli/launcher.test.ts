import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT, wirewright } from "./run.ts";

const verbs = ["check", "plan", "lock", "client", "why", "matrix", "status", "lab", "bench", "doctor", "demo"];

test("help lists every verb and ends 0", () => {
  const { code, stdout } = wirewright(["--help"]);
  expect(code).toBe(0);
  for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^  ${verb} `, "m"));
});

test.each(verbs)("%s --help ends 0 and has an example", (verb) => {
  const { code, stdout, stderr } = wirewright([verb, "--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^Example:\n {2}\S/m);
});

test.each([
  ["no verb", []],
  ["an unknown verb", ["chek"]],
  ["a missing argument", ["check"]],
  ["an unknown option", ["check", "x", "--jsn"]],
  ["too many arguments", ["check", "x", "y"]],
])("%s is a usage error: exit 2, no stack", (_, args) => {
  const { code, stderr } = wirewright(args);
  expect(code).toBe(2);
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test("a misspelt verb gets a suggestion", () => {
  expect(wirewright(["chek"]).stderr).toMatch(/did you mean check\?/i);
});

test.each(["stdout", "stderr"] as const)("a reader that has left %s changes no exit code", async (left) => {
  const directory = mkdtempSync(join(tmpdir(), "wirewright-launcher-"));
  const file = join(directory, "domain.yaml");
  writeFileSync(file, "servers: {}\n".repeat(20_000));
  const verb = left === "stdout" ? "check" : "plan";
  const child = spawn(process.execPath, [join(ROOT, "cli/wirewright.mjs"), verb, file]);
  child[left].destroy();
  child[left === "stdout" ? "stderr" : "stdout"].resume();
  expect(await once(child, "exit")).toEqual([2, null]);
  rmSync(directory, { recursive: true });
});

const onLinux = process.platform === "linux" ? test : test.skip; // its script(1) and setsid

onLinux(
  "a terminal that is closed meanwhile changes no exit code",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "wirewright-launcher-"));
    const fewMoments = "n=0; until [ -e $1 ] || [ $((n += 1)) -gt 600 ]; do sleep 0.05; done";
    // In a session of its own, because the terminal's own session would be signalled. It reads once the terminal has gone.
    writeFileSync(
      join(directory, "session"),
      `pause() { ${fewMoments}; }; node=$1 launcher=$2
    echo >started
    { pause closed; yes "servers: {}" | head -n 20000; } | "$node" "$launcher" check /dev/stdin
    echo $? >code.new; mv code.new code`,
    );
    const words = [process.execPath, join(ROOT, "cli/wirewright.mjs")].map((word) => `'${word}'`).join(" ");
    const script = `pause() { ${fewMoments}; }; setsid sh session ${words} & pause started`;
    const terminal = spawn("script", ["--quiet", "--command", script, "/dev/null"], { cwd: directory });
    terminal.stdout.resume();
    await once(terminal, "exit");
    writeFileSync(join(directory, "closed"), "");
    for (let round = 0; round < 2000 && !existsSync(join(directory, "code")); round++) await sleep(20);
    expect(readFileSync(join(directory, "code"), "utf8")).toBe("2\n");
    rmSync(directory, { recursive: true });
  },
  60_000,
);

onLinux("a Node 23 that does not read TypeScript hands over to the one among the packages", () => {
  const directory = mkdtempSync(join(tmpdir(), "wirewright-launcher-"));
  const [preload, starts] = ["preload.cjs", "starts"].map((name) => join(directory, name)) as [string, string];
  // The first process takes itself for another Node, and the one that it starts does not.
  writeFileSync(
    preload,
    `const { appendFileSync, existsSync } = require("node:fs");
if (!existsSync(process.env.STARTS)) Object.defineProperty(process.versions, "node", { value: process.env.VERSION });
appendFileSync(process.env.STARTS, "x");`,
  );
  const startsOf = (version: string): string => {
    rmSync(starts, { force: true });
    const env = { ...process.env, NODE_OPTIONS: `--require ${preload}`, STARTS: starts, VERSION: version };
    spawnSync(process.execPath, [join(ROOT, "cli/wirewright.mjs"), "--help"], { env });
    return readFileSync(starts, "utf8");
  };
  expect(["22.17.1", "22.18.0", "23.0.0", "23.5.0", "23.6.0", "24.0.0"].map(startsOf)).toEqual([
    "xx",
    "x",
    "xx",
    "xx",
    "x",
    "x",
  ]);
  rmSync(directory, { recursive: true });
});

test.each([
  ["lab", "status"],
  ["bench", "run", "--stack", "nas"],
  ["verify", "--stack", "nas"],
])("a name that no lab can have is bad input to %s", (...args) => {
  const { code, stderr } = wirewright([...args, "--name", "a-b"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(`"a-b" can't name a lab; use `)]);
});

describe("on a Node that is too old", () => {
  const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find((binary) => {
    const [major = 99] = (spawnSync(binary, ["-p", "process.versions.node"], { encoding: "utf8" }).stdout ?? "")
      .split(".")
      .map(Number);
    return existsSync(binary) && major < 22;
  });
  const whenOld = oldNode === undefined ? test.skip : test;
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "wirewright-launcher-"));
    cpSync(join(ROOT, "cli"), join(directory, "cli"), { recursive: true });
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  whenOld("the Node among the packages runs instead, with the same exit codes", () => {
    expect(wirewright(["check", "domain.example.yaml"], { node: oldNode ?? "" })).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect(wirewright(["chek"], { node: oldNode ?? "" }).code).toBe(2);
  });

  whenOld("without one, there is a single sentence that says what is needed", () => {
    mkdirSync(join(directory, "node_modules/commander"), { recursive: true });
    writeFileSync(join(directory, "package.json"), "{}");
    const { status, stderr } = spawnSync(oldNode ?? "", [join(directory, "cli/wirewright.mjs"), "check"], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^wirewright: needs Node 22\.18 or later, found v\d+\.\d+\.\d+; .+\n$/);
  });
});
