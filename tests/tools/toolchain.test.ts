// The part of the set-up that builds into the cache, run with compilers that take no time: each writes down that it was
// called and makes a program that says what it is.
import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findProgram, toolchain } from "../../tools/toolchain.ts";

const RUN = join(__dirname, "../../tools/run.sh");
const FAKE_GO = `#!/bin/sh
case $1 in version) echo go version go1.26.0 linux/amd64; exit ;; esac
echo "go $*" >>"$CALLS"
case "$*" in *"$GO_FAILS"*) echo compile error >&2; exit 1 ;; esac
if [ "$1" = install ]; then out=$GOBIN/wireguard; mkdir -p "$GOBIN"; else
  while [ "$1" != -o ]; do shift; done; out=$2
fi
printf '#!/bin/sh\\nexit 1\\n' >"$out"; chmod 755 "$out"
`;
const FAKE_CARGO = `#!/bin/sh
case $1 in --version) echo cargo 1.0; exit ;; esac
echo "cargo $*" >>"$CALLS"
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin"; echo made >"$2/bin/boringtun-cli"; chmod 755 "$2/bin/boringtun-cli"
`;
const COMMAND_PLUGIN = "plugins/resource-command-v1.2.1/pulumi-resource-command";
const EVERYTHING = [
  "bin/boringtun-cli",
  "bin/pulumi",
  "bin/pulumi-language-nodejs",
  "bin/wireguard-go",
  COMMAND_PLUGIN,
];

let home: string;
let cache: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "wirewright-toolchain-"));
  cache = join(home, "cache");
  program("fake/go", FAKE_GO);
  program("fake/cargo", FAKE_CARGO);
  program("fake/cc", "#!/bin/sh\n");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function program(name: string, text: string): string {
  const file = join(home, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function build(changes: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const env = {
    HOME: home,
    WIREWRIGHT_CACHE: cache,
    CALLS: join(home, "calls"),
    GO_FAILS: "nothing",
    PATH: `${join(home, "fake")}:/usr/sbin:/usr/bin:/sbin:/bin`,
    ...changes,
  };
  return new Promise((done) => {
    execFile("sh", [RUN, "toolchain"], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}

const calls = (): readonly string[] => {
  const file = join(home, "calls");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
};
const made = (): readonly string[] => EVERYTHING.filter((file) => existsSync(join(cache, file)));

test("a directory of a program's name is passed over, and so is a file that may not be executed", () => {
  mkdirSync(join(home, "first/tool"), { recursive: true });
  chmodSync(program("second/tool", ""), 0o644);
  const third = program("third/tool", "");
  const places = ["first", "second", "third"].map((place) => join(home, place));
  expect(findProgram("tool", places)).toBe(third);
});

const linux = process.platform === "linux" ? describe : describe.skip; // flock, setsid and GNU's mv

linux("building the toolchain", () => {
  test("everything lands in its place, toolchain() finds it, and a second run builds nothing", async () => {
    expect(await build()).toMatchObject({ code: 0 });
    expect(made()).toEqual(EVERYTHING);
    expect(calls()).toHaveLength(5);
    const { pulumi, languageHost, commandPlugin, wireguardGo, boringtun } = toolchain({ WIREWRIGHT_CACHE: cache });
    expect([boringtun, pulumi, languageHost, wireguardGo, commandPlugin]).toEqual(
      EVERYTHING.map((file) => join(cache, file)),
    );
    expect(await build()).toMatchObject({ code: 0 });
    expect(calls()).toHaveLength(5);
    expect(readdirSync(join(cache, "work"))).toEqual([]);
  });

  test("only what was built from another version is built again", async () => {
    await build();
    writeFileSync(join(cache, "stamps/wireguard_go"), "built v0\n");
    rmSync(join(cache, "bin/boringtun-cli"));
    await build();
    const again = calls().slice(5);
    expect(again.map((call) => call.split(" ", 1)[0]).sort()).toEqual(["cargo", "go"]);
    expect(again.join("\n")).toContain("wireguard@");
    expect(made()).toEqual(EVERYTHING);
  });

  test("two runs at once build each thing once", async () => {
    const both = await Promise.all([build(), build()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(calls()).toHaveLength(5);
    expect(made()).toEqual(EVERYTHING);
  });

  test("a failed build is named with the end of its log, the rest is kept, and the next run goes on from there", async () => {
    const { code, output } = await build({ GO_FAILS: "cmd/pulumi-language-nodejs" });
    expect(code).toBe(1);
    expect(output).toContain(join(cache, "logs/language_host.log"));
    expect(output).toContain("compile error");
    expect(made()).not.toContain("bin/pulumi-language-nodejs");
    expect(made()).toContain("bin/wireguard-go");
    const before = calls().length;
    expect(await build()).toMatchObject({ code: 0 });
    expect(
      calls()
        .slice(before)
        .filter((call) => call.includes("wireguard@")),
    ).toEqual([]);
    expect(made()).toEqual(EVERYTHING);
  });

  test("a failed build of a new version leaves the old program in place", async () => {
    await build();
    const before = readFileSync(join(cache, "bin/wireguard-go"), "utf8");
    writeFileSync(join(cache, "stamps/wireguard_go"), "built v0\n");
    expect(await build({ GO_FAILS: "wireguard@" })).toMatchObject({ code: 1 });
    expect(readFileSync(join(cache, "bin/wireguard-go"), "utf8")).toBe(before);
  });

  test("without cargo only boringtun is left out", async () => {
    program("fake/cargo", "#!/bin/sh\nexit 1\n");
    expect(await build()).toMatchObject({ code: 0 });
    expect(made()).toEqual(EVERYTHING.filter((file) => !file.includes("boringtun")));
  });

  test.each([
    ["3.227.0", true],
    ["4.0.1", true],
    ["3.226.9", false],
  ])("an installed Pulumi %s with its Node host wins over a build: %s", async (version, wins) => {
    const installed = program("fake/pulumi", `#!/bin/sh\n[ "$1" = version ] && echo v${version}\n`);
    program("fake/pulumi-language-nodejs", "#!/bin/sh\n");
    expect(await build()).toMatchObject({ code: 0 });
    const built = calls().filter((call) => /cmd\/pulumi/.test(call)).length;
    expect(built).toBe(wins ? 0 : 2);
    if (wins) expect(readlinkSync(join(cache, "bin/pulumi"))).toBe(installed);
  });

  test("a link to an installed Pulumi gives way to a build once that is gone", async () => {
    const installed = program("fake/pulumi", '#!/bin/sh\n[ "$1" = version ] && echo v3.300.0\n');
    program("fake/pulumi-language-nodejs", "#!/bin/sh\n");
    await build();
    rmSync(installed);
    expect(await build()).toMatchObject({ code: 0 });
    expect(calls().filter((call) => call.includes("cmd/pulumi"))).toHaveLength(2);
  });

  test("an official command plugin in PULUMI_HOME wins over a build", async () => {
    const official = program("official/plugins/resource-command-v1.2.1/pulumi-resource-command", "#!/bin/sh\n");
    expect(await build({ PULUMI_HOME: join(home, "official") })).toMatchObject({ code: 0 });
    expect(readlinkSync(join(cache, COMMAND_PLUGIN))).toBe(official);
    expect(calls().filter((call) => call.includes("command-plugin"))).toEqual([]);
  });

  test("a PULUMI_HOME that leads back into the cache is no installation", async () => {
    await build();
    expect(await build({ PULUMI_HOME: cache })).toMatchObject({ code: 0 });
    expect(lstatSync(join(cache, COMMAND_PLUGIN)).isSymbolicLink()).toBe(false);
    expect(calls()).toHaveLength(5);
  });
});
