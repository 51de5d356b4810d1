import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { emptyLock, formatLock } from "../../core/plan/lock-file.ts";
import { HOME, PROGRAM, wirewright, withFiles } from "../support/cli.ts";

jest.setTimeout(120_000);

const SECRET = Buffer.from("a root secret for tests of the client verb").toString("base64");
const LOCK =
  "version: 1\nhosts:\n  nas/wg1/runner: 2\n  router/wg0/laptop: 2\n  router/wg0/phone: 3\n  router/wg0/tv: 4\nreleased: {}\n";
const stack = (server: string, more = ""): string =>
  `config:\n  wirewright:server: ${server}\n  wirewright:rootSecretFile: root.secret\n${more}`;
const PROJECT = {
  "domain.yaml": HOME,
  "domain.lock.yaml": LOCK,
  "root.secret": `${SECRET}\n`,
  "Pulumi.router.yaml": stack("router", "  wirewright:mtu: 1380\n"),
  "Pulumi.nas.yaml": stack("nas", "  wirewright:keepalive: 0\n"),
};

const client = (directory: string, ...args: readonly string[]) =>
  wirewright(directory, ["client", "domain.yaml", ...args]);

test("the configuration takes its settings from the stack that deploys the server", () =>
  withFiles(PROJECT, async (directory) => {
    const [router, nas] = await Promise.all([
      client(directory, "router/wg0/laptop"),
      client(directory, "nas/wg1/runner"),
    ]);
    expect(router).toMatchObject({ code: 0 });
    expect(router.out).toContain("Address = 10.66.0.2/32, fd00:66::2/128\nMTU = 1380\n");
    expect(router.out).toContain("AllowedIPs = 0.0.0.0/0, ::/0\nPersistentKeepalive = 25\n");
    expect(nas.out).toContain("AllowedIPs = 10.66.1.1/32\n");
    expect(nas.out).not.toContain("Keepalive");
  }));

test("what is written is readable by its owner alone, and whole", () =>
  withFiles(PROJECT, async (directory) => {
    const written = await client(directory, "router/wg0/laptop", "--out", "laptop.conf");
    expect(written).toMatchObject({ code: 0, out: "laptop.conf: written, readable by you alone\n" });
    const file = join(directory, "laptop.conf");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toContain("PrivateKey = ");
    expect(readdirSync(directory).filter((name) => name.includes("tmp"))).toEqual([]);
    const nowhere = await client(directory, "router/wg0/laptop", "--out", "no/such/place.conf");
    expect(nowhere.code).toBe(2);
    expect(nowhere.err).toContain("no/such/place.conf can't be written (ENOENT)");
  }));

test("a file called - is standard output, as text and as a code, and ./- is a file", () =>
  withFiles(PROJECT, async (directory) => {
    for (const more of [[], ["--qr"]]) {
      const plain = await client(directory, "router/wg0/tv", ...more);
      expect(plain.code).toBe(0);
      expect(await client(directory, "router/wg0/tv", "--out", "-", ...more)).toEqual(plain);
    }
    expect(readdirSync(directory)).not.toContain("-");
    expect(await client(directory, "router/wg0/tv", "--out", "./-")).toMatchObject({ code: 0 });
    expect(readFileSync(join(directory, "-"), "utf8")).toContain("PrivateKey = ");
  }));

test.each([
  ["the root secret", "root.secret", []],
  ["the intent file", "domain.yaml", []],
  ["a picture", "photo.png", ["--qr"]],
  ["a link to a file", "link.conf", []],
  ["a link to nowhere", "dangling.conf", []],
  ["a directory", "folder", []],
  ["a pipe", "pipe", []],
])("%s stays what it is when --out names it", (_, name, more) =>
  withFiles({ ...PROJECT, "photo.png": "dear" }, async (directory) => {
    symlinkSync("root.secret", join(directory, "link.conf"));
    symlinkSync("nowhere", join(directory, "dangling.conf"));
    mkdirSync(join(directory, "folder"));
    execFileSync("mkfifo", [join(directory, "pipe")]);
    const before = readdirSync(directory);
    const { ino, ctimeMs } = lstatSync(join(directory, name));
    const { code, out, err } = await client(directory, "router/wg0/laptop", "--out", name, ...more);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: "",
      err: `wirewright: ${name} exists, and nothing is overwritten; name another file, or remove it if it has had its day\n`,
    });
    expect(lstatSync(join(directory, name))).toMatchObject({ ino, ctimeMs });
    expect(readdirSync(directory)).toEqual(before);
  }),
);

test("a domain without a client says so", () =>
  withFiles({ "domain.yaml": HOME.replace(/bindings:[\s\S]*/, "bindings: []\n") }, async (directory) => {
    const { code, err } = await client(directory, "router/wg0/laptop");
    expect([code, err]).toEqual([
      2,
      "wirewright: there is no client router/wg0/laptop: no client is bound to anything yet; add one below bindings\n",
    ]);
  }));

const zbarimg = (file: string) =>
  spawnSync("zbarimg", ["--raw", "--quiet", file], { encoding: "utf8", timeout: 30_000 });
const unable = zbarimg("/nonexistent.png").error === undefined ? "" : " (skipped: no zbarimg)";
const withReader = unable === "" ? test : test.skip;

withReader(`the picture of a QR code reads back as the very configuration${unable}`, () =>
  withFiles(PROJECT, async (directory) => {
    const [text, picture] = await Promise.all([
      client(directory, "router/wg0/tv"),
      client(directory, "router/wg0/tv", "--qr", "--out", "tv.png"),
    ]);
    expect(picture.code).toBe(0);
    const file = join(directory, "tv.png");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(zbarimg(file).stdout).toBe(`${text.out}\n`);
  }),
);

test("in the terminal a QR code is blocks, and not the text", () =>
  withFiles(PROJECT, async (directory) => {
    const { code, out } = await client(directory, "router/wg0/tv", "--qr");
    expect(code).toBe(0);
    expect(out).toMatch(/[█▀▄]/);
    expect(out).not.toContain("PrivateKey");
  }));

test("who brought a key of their own gets a placeholder, and no QR code of it", () =>
  withFiles(PROJECT, async (directory) => {
    const [text, code] = await Promise.all([
      client(directory, "router/wg0/phone"),
      client(directory, "router/wg0/phone", "--qr"),
    ]);
    expect(text.out).toContain("PrivateKey = <put your own private key here>\n");
    expect(code).toMatchObject({ code: 2, out: "" });
  }));

test.each([
  [
    "a client that is not there",
    ["router/wg0/lapdog"],
    "there is no client router/wg0/lapdog; there are router/wg0/laptop, ",
  ],
  [
    "a stack of another server",
    ["router/wg0/laptop", "--stack", "nas"],
    "stack nas deploys nas; name one that deploys router",
  ],
  ["a stack that is not there", ["router/wg0/laptop", "--stack", "../x"], "there is no Pulumi.x.yaml in "],
  ["a stack without a name", ["router/wg0/laptop", "--stack", ""], "there is no Pulumi..yaml in "],
  ["text in a picture", ["router/wg0/laptop", "--out", "x.png"], "add --qr, or name another file"],
  ["a picture of another kind", ["router/wg0/laptop", "--qr", "--out", "x.gif"], "x.gif does not end in .png"],
])("%s is bad input with a next step", (_, args, message) =>
  withFiles(PROJECT, async (directory) => {
    const { code, out, err } = await client(directory, ...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  }),
);

test("without a usable root secret nothing is handed out, and the message shows none of it", () =>
  withFiles({ ...PROJECT, "Pulumi.nas.yaml": "config:\n  wirewright:server: nas\n" }, async (directory) => {
    const none = await client(directory, "nas/wg1/runner");
    expect(none.err).toContain("there is no root secret");
    writeFileSync(
      join(directory, "Pulumi.nas.yaml"),
      `config:\n  wirewright:server: nas\n  wirewright:rootSecret: ${SECRET}\n`,
    );
    const clear = await client(directory, "nas/wg1/runner");
    expect(clear.err).toContain("holds the root secret in clear");
    chmodSync(join(directory, "root.secret"), 0o640);
    const open = await client(directory, "router/wg0/laptop");
    expect(open.err).toContain("has mode 640; close it with: chmod 600");
    for (const { code, out, err } of [none, clear, open]) {
      expect([code, out]).toEqual([2, ""]);
      expect(err).not.toContain(SECRET.slice(0, 12));
    }
  }));

test("a setting of Pulumi.yaml counts where the stack says nothing, as it does for Pulumi", () =>
  withFiles(
    { ...PROJECT, "Pulumi.yaml": "config:\n  mtu: { type: integer, default: 1300 }\n  wirewright:keepalive: 7\n" },
    async (directory) => {
      const { out } = await client(directory, "nas/wg1/runner");
      expect(out).toContain("MTU = 1300");
      expect((await client(directory, "router/wg0/laptop")).out).toMatch(/MTU = 1380(.|\n)*PersistentKeepalive = 7/);
    },
  ));

test("two stacks of one server are told apart by name only", () =>
  withFiles({ ...PROJECT, "Pulumi.spare.yaml": stack("router", "  wirewright:mtu: 1300\n") }, async (directory) => {
    const [unclear, clear] = await Promise.all([
      client(directory, "router/wg0/laptop"),
      client(directory, "router/wg0/laptop", "--stack", "org/project/spare"),
    ]);
    expect(unclear).toMatchObject({ code: 2, out: "" });
    expect(unclear.err).toContain("router and spare both deploy router; choose with --stack");
    expect(clear.out).toContain("MTU = 1300");
  }));

test("a lock that is not current is no obstacle, but is pointed out", () =>
  withFiles({ ...PROJECT, "domain.lock.yaml": formatLock(emptyLock) }, async (directory) => {
    const { code, err } = await client(directory, "router/wg0/laptop");
    expect(code).toBe(0);
    expect(err).toContain("domain.lock.yaml is not current");
  }));

test("a file's name makes no line of its own when its lock is pointed out", () =>
  withFiles(
    { ...PROJECT, "e\u2028vil.yaml": HOME, "e\u2028vil.lock.yaml": formatLock(emptyLock) },
    async (directory) => {
      const { code, err } = await wirewright(directory, ["client", "e\u2028vil.yaml", "router/wg0/laptop"]);
      expect([code, err]).toEqual([
        0,
        "wirewright: e\\u{2028}vil.lock.yaml is not current, so addresses may still change; run wirewright lock e\\u{2028}vil.yaml\n",
      ]);
    },
  ));

test("an intent from standard input is read once, and its stack is the one that is named", () =>
  withFiles(PROJECT, async (directory) => {
    // `sh -c` because Node gives its children sockets for pipes.
    const command = 'cat domain.yaml | "$@"';
    const args = [process.execPath, PROGRAM, "client", "/dev/stdin", "router/wg0/tv", "--stack", "router"];
    const piped = spawnSync("sh", ["-c", command, "sh", ...args], {
      cwd: directory,
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(piped).toMatchObject({ status: 0 });
    expect(piped.stdout).toMatch(/^\[Interface\]$/m);
    expect(piped.stderr).toContain("/dev/stdin.lock.yaml is not current");
  }));

test("a file name that would act on a terminal is told in words that don't", () =>
  withFiles(PROJECT, async (directory) => {
    const written = await client(directory, "router/wg0/tv", "--out", "t\u001b[31mv.conf");
    expect(written).toMatchObject({ code: 0, out: "t\\u{1b}[31mv.conf: written, readable by you alone\n" });
  }));
