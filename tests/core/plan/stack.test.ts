import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { formatAddress } from "../../../core/net/address.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import { checkStack, execution, parseStackConfig, type StackConfig } from "../../../core/plan/stack.ts";
import { domainOf } from "../../support/domain.ts";

const ROOT = join(import.meta.dirname, "../../..");
const yaml = (file: string) => parse(readFileSync(join(ROOT, file), "utf8"));

function configOf(raw: Readonly<Record<string, unknown>>): StackConfig {
  const { config, problems } = parseStackConfig(raw);
  expect(problems).toEqual([]);
  if (config === undefined) throw new Error("no configuration and no problem");
  return config;
}

test("only the server has no default, and defaults are those that Pulumi.yaml declares", () => {
  const declared: Record<string, { default?: unknown }> = yaml("Pulumi.yaml").config;
  const defaults = Object.fromEntries(Object.entries(declared).map(([key, { default: value }]) => [key, value]));
  expect(configOf({ ...defaults, server: "nas" })).toEqual(configOf({ server: "nas" }));
  expect(parseStackConfig({}).problems).toMatchObject([{ key: "server" }]);
});

test("every setting that Pulumi.yaml declares is known, and there is no other", () => {
  const declared = Object.keys(yaml("Pulumi.yaml").config);
  const { problems } = parseStackConfig({ server: "nas", nonsense: 1 });
  const known = (problems[0]?.message ?? "").replace(/.*there are /, "").split(", ");
  expect(known.sort()).toEqual([...declared, "rootSecret"].sort());
});

test.each(["Pulumi.router.yaml", "Pulumi.nas.yaml"])("%s is accepted as it stands", (file) => {
  configOf(yaml(file).config);
});

test("settings mean the same as text, as JSON in text and as values, with or without their namespace", () => {
  const values = {
    server: "nas",
    sshPort: 2222,
    mtu: 1380,
    presharedKeys: "off",
    clientDns: ["192.168.1.1", "fd00:0::1"],
    interfaces: { wg1: { mtu: 1300, presharedKeys: "on" }, constructor: { keepalive: 5 } },
  };
  const texts = {
    "wirewright:server": "nas",
    "wirewright:sshPort": "2222",
    "wirewright:mtu": "1380",
    "wirewright:presharedKeys": false,
    "wirewright:clientDns": JSON.stringify(values.clientDns),
    "wirewright:interfaces": JSON.stringify(values.interfaces),
    "aws:region": "eu",
    "wirewright:rootSecret": { secure: "v1:…" },
  };
  expect(configOf(texts)).toEqual(configOf(values));
  expect(configOf(values).clientDns.map(formatAddress)).toEqual(["192.168.1.1", "fd00::1"]);
});

test("an interface has its own settings, else the stack's", () => {
  const config = configOf({
    server: "nas",
    implementation: "wireguard-go",
    mtu: 1400,
    natInterface: "wan0",
    interfaces: { wg1: { implementation: "boringtun", mtu: 1300, keepalive: 0, presharedKeys: "off" } },
  });
  expect(execution(config, "wg1")).toEqual({
    implementation: "boringtun",
    mtu: 1300,
    keepaliveSeconds: 0,
    presharedKeys: "off",
    clientDns: [],
    confirmSeconds: 90,
    natInterface: "wan0",
  });
  expect(execution(config, "wg2")).toMatchObject({ implementation: "wireguard-go", mtu: 1400, keepaliveSeconds: 25 });
  expect(execution(config, "toString").mtu).toBe(1400);
});

test.each([
  ["mtu", 0],
  ["mtu", 1279],
  ["mtu", 9001],
  ["mtu", "1420.5"],
  ["mtu", "0x580"],
  ["mtu", { secure: "v1:abc" }],
  ["keepalive", -1],
  ["keepalive", 65536],
  ["keepalive", true],
  ["sshPort", 0],
  ["sshPort", 65536],
  ["sshPort", "022x"],
  ["sshUser", "-oProxyCommand=id"],
  ["sshUser", "root; reboot"],
  ["natInterface", 'wan0" accept #'],
  ["natInterface", "a-name-of-16-bytes"],
  ["natInterface", "../wan"],
  ["natInterface", "lo"],
  ["natInterface", "all"],
  ["natInterface", "default"],
  ["implementation", "Kernel"],
  ["probe", "yes"],
  ["presharedKeys", "maybe"],
  ["confirmSeconds", 0],
  ["clientDns", "192.168.1.1"],
  ["clientDns", ["192.168.1.01"]],
  ["clientDns", [7]],
  ["server", "Router"],
  ["domain", ""],
  ["domain", "a\nb"],
  ["interfaces", "wg1"],
  ["interfaces", ["wg1"]],
])("%s can't be %j", (key, value) => {
  const { config, problems } = parseStackConfig({ server: "nas", [key]: value });
  expect(config).toBeUndefined();
  expect(problems.map((problem) => problem.key)).toEqual([key]);
});

test("a problem names the setting inside an interface, and all problems come at once", () => {
  const { problems } = parseStackConfig({
    server: "nas",
    mtu: 1,
    interfaces: { wg1: { mtu: 1, mut: 1380 }, wg2: "kernel" },
  });
  expect(problems.map(({ key }) => key)).toEqual(["mtu", "interfaces.wg1.mtu", "interfaces.wg1.mut", "interfaces.wg2"]);
  expect(problems[0]?.message).toBe("1 can't be used; write a whole number from 1280 to 9000");
});

test("a value that may be a key is not repeated", () => {
  const { problems } = parseStackConfig({ server: "nas", sshUser: "aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBzZWNyZXQhISE=" });
  expect(problems[0]?.message).toBe("this can't be used; write a login name");
});

test("a server or an interface that the intent does not have is named", () => {
  const { plans } = compile(
    domainOf({ servers: { nas: { address: "192.168.1.2", interfaces: { wg1: ["10.66.1.0/24"] } } } }),
    emptyLock,
  );
  const check = (raw: Readonly<Record<string, unknown>>) => checkStack(configOf(raw), plans).map(({ key }) => key);
  expect(check({ server: "nas", interfaces: { wg1: {} } })).toEqual([]);
  expect(check({ server: "nas", interfaces: { wg2: {} } })).toEqual(["interfaces.wg2"]);
  expect(check({ server: "router" })).toEqual(["server"]);
});

test("source NAT is not for a tunnel of the same server, whose packets leave by what the device has", () => {
  const servers = {
    nas: { address: "192.168.1.2", interfaces: { wg1: ["10.66.1.0/24"], wg2: ["10.66.2.0/24"] } },
    router: { address: "192.168.1.1", interfaces: { wg0: ["10.66.0.0/24"] } },
  };
  const { plans } = compile(domainOf({ servers }), emptyLock);
  const check = (natInterface: string) => checkStack(configOf({ server: "nas", natInterface }), plans);
  expect(check("wg2")).toEqual([
    {
      key: "natInterface",
      message:
        "wg2 is a tunnel of nas; write the device's own interface that packets leave by, or nothing if there is to be no NAT",
    },
  ]);
  expect(check("wg1")).toHaveLength(1);
  for (const other of ["wan0", "wg0", "lo0", "default.7", "wg1.5"]) expect(check(other)).toEqual([]);
});

test("every path of a stack is one line", () => {
  for (const key of ["domain", "sshIdentity", "sshKnownHosts", "rootSecretFile"]) {
    for (const mark of ["\u2028", "\u2029", "\u0085", "\u202e", "\n"]) {
      expect(parseStackConfig({ server: "nas", [key]: `a${mark}b` }).problems.map((one) => one.key)).toEqual([key]);
    }
    expect(parseStackConfig({ server: "nas", [key]: "a b/\u00e9.yaml" }).problems).toEqual([]);
  }
});
