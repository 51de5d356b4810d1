import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  applyCommand,
  baseCommand,
  baseRemoveCommand,
  checkCommand,
  confirmCommand,
  HELPER_DIRECTORY,
  probeCommand,
  removeCommand,
} from "../../device/protocol.ts";

const revision = "00112233aabbccdd";
const identity = "8899aabbccddeeff";
const salt = "0123456789abcdef0123456789abcdef";
/** Says how it was called and what it was given; exits as told. */
const helper = `#!/bin/sh
printf 'args' ; printf ' <%s>' "$@"; printf ' stdin <%s>\\n' "$(cat)"
exit "\${EXIT:-0}"
`;
const sum = createHash("sha256").update(helper).digest("hex");
/** Debian's busybox runs its own applets whatever PATH says, so tools can't be replaced under it. */
const shells = [
  { shell: "dash", command: "dash", words: [], replaceable: true },
  { shell: "bash", command: "bash", words: [], replaceable: true },
  { shell: "busybox ash", command: "busybox", words: ["sh"], replaceable: false },
].filter(({ command }) => spawnSync(command, ["--help"]).error === undefined);

const commands = {
  base: baseCommand(sum, revision, identity),
  "base remove": baseRemoveCommand(identity),
  apply: applyCommand("wg0", revision, 90, "root"),
  confirm: confirmCommand("wg0", revision, "root"),
  remove: removeCommand("wg0"),
  probe: probeCommand(salt, ["wg0", "wg15"]),
  check: checkCommand("wg0", revision, 90, "root"),
  "apply of another login": applyCommand("wg0", revision, 90, "me"),
};

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "wirewright-protocol-"));
  mkdirSync(join(place, "bin"));
});
afterEach(() => rmSync(place, { recursive: true }));

const deviceDirectory = (): string => join(place, "etc");

function install(text = helper): void {
  mkdirSync(deviceDirectory(), { mode: 0o700 });
  writeFileSync(join(deviceDirectory(), "wgctl"), text, { mode: 0o755 });
}

/** A tool of the device that is not the real one. */
function tool(name: string, script: string): void {
  writeFileSync(join(place, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Runs a command as sshd does, by the login's shell; the helper's directory is moved into the test's own. */
function run({ command, words }: { command: string; words: readonly string[] }, line: string, input = "", exit = "0") {
  if (command === "busybox" && !existsSync(join(place, "bin/sh")))
    symlinkSync(execFileSync("which", ["busybox"], { encoding: "utf8" }).trim(), join(place, "bin/sh"));
  const sh = command === "busybox" ? join(place, "bin/sh") : "/bin/sh";
  const moved = line.replaceAll(HELPER_DIRECTORY, deviceDirectory()).replaceAll("/bin/sh", sh);
  // bash takes a socket on stdin for a remote login and would read the real start-up file.
  const env = { PATH: `${join(place, "bin")}:${process.env.PATH}`, HOME: place, EXIT: exit };
  const { status, stdout, stderr } = spawnSync(command, [...words, "-c", moved], {
    input,
    env,
    encoding: "utf8",
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

test("every command line is short, of one line, and good syntax for a POSIX shell", () => {
  for (const line of Object.values(commands)) {
    expect(line.length).toBeLessThan(1000);
    expect(line).toMatch(/^[ -~]+$/);
    const script = /'([^']*)' '([^']*)'/.exec(line) ?? [];
    for (const part of [line, ...script.slice(1)]) {
      expect(spawnSync("sh", ["-n"], { input: part, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    }
  }
});

test("what changes from run to run stands last in the line", () => {
  for (const line of [commands.apply, commands["apply of another login"]])
    expect(line.endsWith(` apply wg0 ${revision} 90`)).toBe(true);
  expect(commands.base.endsWith(` ${sum} ${revision} ${identity}`)).toBe(true);
});

test("nothing outside the grammar gets into a command line", () => {
  const names = ["", "wg0;reboot", "$(id)", "wg0 wg1", "-wg0", "wg0\nwg1", "WG0", "../wg0", "w".repeat(16), "wg0'"];
  for (const name of names) {
    for (const make of [
      () => applyCommand(name, revision, 90, "root"),
      () => checkCommand(name, revision, 90, "root"),
      () => confirmCommand(name, revision, "root"),
      () => removeCommand(name),
      () => probeCommand(salt, ["wg0", name]),
    ]) {
      expect(make).toThrow(RangeError);
    }
  }
  for (const bad of ["", "0", `${revision}0`, revision.toUpperCase(), "00112233aabbccd;", `${revision}\n`]) {
    expect(() => applyCommand("wg0", bad, 90, "root")).toThrow(RangeError);
    expect(() => confirmCommand("wg0", bad, "root")).toThrow(RangeError);
    expect(() => baseCommand(sum, bad, identity)).toThrow(RangeError);
    expect(() => baseCommand(bad, revision, identity)).toThrow(RangeError);
    expect(() => probeCommand(bad, [])).toThrow(RangeError);
  }
  for (const bad of [-1, 1.5, Number.NaN, 100_000, 1e21])
    expect(() => applyCommand("wg0", revision, bad, "root")).toThrow(RangeError);
});

describe.each(shells)("with $shell", (shell) => {
  test("the helper gets its verb as words and the data on stdin, and its exit code comes back", () => {
    install();
    const data = "document\nwith 'quotes' and $(id)\n";
    expect(run(shell, commands.apply, data, "76")).toEqual({
      status: 76,
      stdout: `args <apply> <wg0> <${revision}> <90> stdin <${data.trimEnd()}>\n`,
      stderr: "",
    });
    expect(run(shell, commands.confirm, "nonce").stdout).toBe(`args <confirm> <wg0> <${revision}> stdin <nonce>\n`);
    expect(run(shell, commands.remove, "doc").stdout).toBe("args <remove> <wg0> stdin <doc>\n");
    expect(run(shell, commands["base remove"]).stdout).toBe(`args <uninstall> <${identity}> stdin <>\n`);
  });

  test("a missing helper is one clear line", () => {
    mkdirSync(join(deviceDirectory(), "wg0"), { recursive: true });
    for (const line of [commands.apply, commands.confirm]) {
      const { status, stdout, stderr } = run(shell, line);
      expect([status, stdout]).toEqual([127, ""]);
      expect(stderr).toMatch(/wgctl'?: No such file or directory\n$/);
    }
    for (const line of [commands.remove, commands["base remove"]]) {
      const { status, stdout, stderr } = run(shell, line);
      expect([status, stdout]).toEqual([69, ""]);
      expect(stderr).toMatch(
        /^wirewright: .*wgctl is missing on this device or not executable; run pulumi up to install it\n$/,
      );
    }
  });

  test("a device that never had anything of ours has nothing to remove", () => {
    expect(run(shell, removeCommand("ww-absent-0"))).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(run(shell, commands["base remove"])).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("a removal that was stopped at its very end is finished by the next", () => {
    mkdirSync(deviceDirectory());
    expect(run(shell, commands["base remove"])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(existsSync(deviceDirectory())).toBe(false);
  });

  test("an interface that lives without our helper is not taken for removed", () => {
    expect(run(shell, removeCommand("lo")).status).toBe(69);
  });

  test("the base command puts the helper in place, closed to others, and lets it install itself", () => {
    expect(run(shell, commands.base, helper)).toEqual({
      status: 0,
      stdout: `args <install> <${revision}> <${identity}> stdin <>\n`,
      stderr: "",
    });
    expect(readFileSync(join(deviceDirectory(), "wgctl"), "utf8")).toBe(helper);
    expect(statSync(deviceDirectory()).mode & 0o777).toBe(0o700);
    expect(statSync(join(deviceDirectory(), "wgctl")).mode & 0o777).toBe(0o755);
    expect(run(shell, commands.base, helper).status).toBe(0);
    expect(readdirSync(deviceDirectory())).toEqual(["wgctl"]);
  });

  test("a helper cut or changed on the way replaces nothing, runs nothing and leaves nothing", () => {
    install("old");
    for (const damaged of ["", helper.slice(0, -9), `${helper} `, `x${helper}`]) {
      const { status, stdout, stderr } = run(shell, commands.base, damaged);
      expect([status, stdout, stderr]).toEqual([65, "", "wirewright: the helper arrived damaged; try again\n"]);
      expect(readFileSync(join(deviceDirectory(), "wgctl"), "utf8")).toBe("old");
      expect(readdirSync(deviceDirectory())).toEqual(["wgctl"]);
    }
  });

  test("a failing install is reported by its own exit code", () => {
    expect(run(shell, commands.base, helper, "69").status).toBe(69);
  });

  const withTools = shell.replaceable ? test : test.skip;

  withTools("a device whose disk takes no more keeps the old helper", () => {
    install("old");
    tool("sync", "exit 1");
    expect(run(shell, commands.base, helper)).toMatchObject({
      status: 73,
      stderr: expect.stringMatching(/etc can not be written; make room/),
    });
    expect(readFileSync(join(deviceDirectory(), "wgctl"), "utf8")).toBe("old");
    expect(readdirSync(deviceDirectory())).toEqual(["wgctl"]);
  });

  withTools("a disk on which nothing can be made is named, with the next step", () => {
    tool("mkdir", "echo mkdir: Read-only file system >&2; exit 1");
    const { status, stderr } = run(shell, commands.base, helper);
    expect([status, stderr.split("\n")[0]]).toEqual([73, "mkdir: Read-only file system"]);
    expect(stderr).toMatch(
      /wirewright: .*etc can not be written; make room, or mount it writable, then run pulumi up again\n$/,
    );
  });

  test("a link or a directory in the place of ours is refused and left as it is", () => {
    mkdirSync(join(place, "theirs"), { mode: 0o755 });
    symlinkSync(join(place, "theirs"), deviceDirectory());
    const refused = { status: 79, stderr: expect.stringMatching(/is a symbolic link, or .*wgctl a directory; remove/) };
    expect(run(shell, commands.base, helper)).toMatchObject(refused);
    expect(readdirSync(join(place, "theirs"))).toEqual([]);
    expect(statSync(join(place, "theirs")).mode & 0o777).toBe(0o755);
    rmSync(deviceDirectory());
    mkdirSync(join(deviceDirectory(), "wgctl"), { recursive: true });
    expect(run(shell, commands.base, helper)).toMatchObject(refused);
    expect(readdirSync(join(deviceDirectory(), "wgctl"))).toEqual([]);
  });

  test("a helper that never ends is stopped", () => {
    install("#!/bin/sh\nexec sleep 100\n");
    const hasty = (line: string) => run(shell, line.replace(/timeout \d+/, "timeout 1"));
    // busybox's timeout takes the place of the login's shell and dies with what it stops.
    expect([124, 143, null]).toContain(hasty(commands.confirm).status);
    const { status, stderr } = hasty(commands["base remove"]);
    expect(status).toBe(70);
    expect(stderr).toMatch(/wirewright: .*wgctl uninstall was stopped after 600 s; run pulumi up again\n$/);
  });

  withTools("a login that is not root goes through sudo, with data and words intact", () => {
    install();
    tool("id", "echo 1000");
    tool("sudo", '[ "$1" = -n ] || exit 9; shift; printf "sudo "; exec "$@"');
    const [apply, confirm] = [applyCommand("wg0", revision, 90, "me"), confirmCommand("wg0", revision, "me")];
    expect(run(shell, confirm, "nonce").stdout).toBe(`sudo args <confirm> <wg0> <${revision}> stdin <nonce>\n`);
    expect(run(shell, commands.base, helper).stdout).toBe(`sudo args <install> <${revision}> <${identity}> stdin <>\n`);
    tool("sudo", "echo 'sudo: a password is required' >&2; exit 1");
    for (const line of [apply, commands.remove, commands["base remove"]]) {
      expect(run(shell, line)).toEqual({ status: 1, stdout: "", stderr: "sudo: a password is required\n" });
    }
  });

  withTools("a login that is root under another name needs no sudo", () => {
    install();
    tool("id", "echo 0");
    tool("sudo", "exit 127");
    const [apply, confirm] = [applyCommand("wg0", revision, 90, "admin"), confirmCommand("wg0", revision, "admin")];
    expect(run(shell, apply, "data", "76")).toEqual({
      status: 76,
      stdout: `args <apply> <wg0> <${revision}> <90> stdin <data>\n`,
      stderr: "",
    });
    expect(run(shell, confirm, "nonce").stdout).toBe(`args <confirm> <wg0> <${revision}> stdin <nonce>\n`);
    expect(run(shell, commands.remove, "doc").stdout).toBe("args <remove> <wg0> stdin <doc>\n");
  });

  test("the probe runs the operator's own copy, not the device's", () => {
    install("#!/bin/sh\necho the device's\n");
    const own = `main() { printf '<%s>' "$@"; }\nmain "$@"\n`;
    expect(run(shell, commands.probe, own)).toEqual({ status: 0, stdout: `<probe><${salt}><wg0><wg15>`, stderr: "" });
  });
});
