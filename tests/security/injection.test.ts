import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "../../core/domain/load.ts";
import { execution, parseStackConfig } from "../../core/plan/stack.ts";
import { renderClient } from "../../core/render/client.ts";
import { renderDocument } from "../../core/render/document.ts";
import { openStack } from "../../project/stack.ts";
import { wirewright } from "../cli/run.ts";
import { DOMAIN } from "../support/sealed.ts";

/** What shells, nft, wg-quick, paths and terminals take for more than a name. */
const HOSTILE = [
  "$(touch X)",
  "`touch X`",
  "; reboot",
  "a; touch X;",
  "| sh",
  "&& touch X",
  "a\nPostUp = touch X",
  "%i",
  "'\"",
  "../../etc/passwd",
  "/etc/passwd",
  "-rf",
  "} ; flush ruleset ; table inet x {",
  'a" drop comment "',
  "a b",
  "*",
  "~root",
  "# comment",
  "\u0000",
];
const q = (word: string) => JSON.stringify(word);
const renamed = (name: RegExp, word: string) => DOMAIN.replaceAll(name, q(word));
const bound = (to: string) => DOMAIN.replaceAll("interface: router/wg0", `interface: ${q(to)}`);
const defined = (subnet: string) => DOMAIN.replace("subnets:\n", `subnets:\n  ${q(subnet)}: [192.168.9.0/24]\n`);
/**
 * Each place of an intent file where the author chooses a text, and a text that may stand there. A name is changed
 * wherever it stands, and a target is defined under that name: else a word could be refused as unknown, and the test would
 * not see a grammar that takes everything. A binding can only refer to a server and an interface that are named before.
 */
const PLACES: readonly (readonly [string, string, (word: string) => string])[] = [
  ["a server", "harmless", (word) => bound(`${word}/wg0`).replace("  router:", `  ${q(word)}:`)],
  ["an interface", "harmless", (word) => bound(`router/${word}`).replace("wg0: { port", `${q(word)}: { port`)],
  ["an address", "192.168.1.3", (word) => DOMAIN.replace("address: 192.168.1.1", `address: ${q(word)}`)],
  ["an endpoint", "harmless", (word) => DOMAIN.replace("vpn.example.net", q(word))],
  ["a network", "10.67.0.0/24", (word) => DOMAIN.replace("10.66.0.0/24", q(word))],
  ["a subnet", "harmless", (word) => renamed(/\bbranch-lan\b/g, word)],
  ["a profile", "harmless", (word) => renamed(/\badmin\b/g, word)],
  ["a target", "harmless", (word) => defined(word).replace("[lan, internet, self]", `[${q(word)}]`)],
  ["ports", "tcp/444", (word) => DOMAIN.replace("tcp/443", q(word))],
  ["a client", "harmless", (word) => DOMAIN.replace("laptop: {}", `${q(word)}: {}`)],
  ["a public key", "bmFcyUYOF3zzwtfTkcsWVcVzQdP3cvOqZ3Jz0xjzsnk=", (word) => DOMAIN.replace(/"tWD7[^"]*"/, q(word))],
  ["a binding", "router/wg0", (word) => bound(word)],
];

/** Of nobody. */
const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJjvDGzsoGq2XO5dbSpdNMT6J5WRbSQH0ZGL8EgFbNfi";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "wirewright-injection-"));
});
afterEach(() => rmSync(place, { recursive: true }));

test.each(PLACES)("S9 injection-proof: no text that means more than itself passes as %s", (_, harmless, put) => {
  expect(load(put(harmless)).problems).toEqual([]);
  for (const word of HOSTILE) {
    const text = put(word);
    expect(text).not.toBe(DOMAIN);
    const { domain, problems } = load(text);
    expect({ word, passed: domain !== undefined || problems.length === 0 }).toEqual({ word, passed: false });
  }
});

const SETTINGS = { server: "router", natInterface: "wan0" };

test("S9 injection-proof: nor as a setting of a stack that gets near a command or a rule", () => {
  const harmless = {
    server: "router",
    natInterface: "wan0",
    sshUser: "root",
    implementation: "kernel",
    clientDns: "1.1.1.1",
  };
  for (const [setting, good] of Object.entries(harmless)) {
    const passes = (word: string) =>
      parseStackConfig({ ...SETTINGS, [setting]: setting === "clientDns" ? [word] : word }).config !== undefined;
    expect({ setting, passes: passes(good) }).toEqual({ setting, passes: true });
    expect({ setting, passing: HOSTILE.filter(passes) }).toEqual({ setting, passing: [] });
  }
});

const PATHS = ["domain", "sshIdentity", "sshKnownHosts", "rootSecretFile"] as const;

test.each(PATHS)(
  "S9 injection-proof: %s may hold all but control characters, because it only ever names a file",
  (setting) => {
    const isPlain = (word: string) => !/\p{C}/u.test(word);
    const passing = HOSTILE.filter((word) => parseStackConfig({ ...SETTINGS, [setting]: word }).config !== undefined);
    expect(passing).toEqual(HOSTILE.filter(isPlain));
    writeFileSync(join(place, "domain.yaml"), DOMAIN);
    writeFileSync(join(place, "root.secret"), Buffer.from(HOSTILE.join("")).toString("base64"), { mode: 0o600 });
    const name = "$(touch X)`touch X`; touch X";
    const config = { ...SETTINGS, rootSecretFile: "root.secret", sshKnownHosts: "known", [setting]: name };
    const rows = Object.entries(config).map(([key, value]) => `  wirewright:${key}: ${q(value)}\n`);
    writeFileSync(join(place, "known"), `192.168.1.1 ${HOST_KEY}\n`);
    writeFileSync(join(place, "Pulumi.proof.yaml"), `config:\n${rows.join("")}`);
    const { code, stderr } = wirewright(["status", "--stack", "proof"], { cwd: place });
    expect(code).not.toBe(0);
    expect(stderr).toContain(join(place, name)); // it got as far as the file, and says that there is none
    expect(existsSync(join(place, "X"))).toBe(false);
  },
);

test("S9 injection-proof: the command line runs nothing of what a file is called or holds, and writes nothing", () => {
  const name = "$(touch X)`touch X`; touch X;'\".yaml";
  writeFileSync(join(place, name), DOMAIN.replace("laptop: {}", JSON.stringify("$(touch X)`touch X`; touch X")));
  for (const verb of ["check", "plan", "matrix"]) expect(wirewright([verb, name], { cwd: place }).code).toBe(2);
  expect(wirewright(["status", "--stack", "$(touch X)`touch X`"], { cwd: place }).code).not.toBe(0);
  expect(existsSync(join(place, "X"))).toBe(false);
  expect(readdirSync(place)).toEqual([name]);
});

test("S9 injection-proof: nothing that we write for a client or a device holds a hook that runs commands", () => {
  writeFileSync(join(place, "domain.yaml"), DOMAIN);
  writeFileSync(join(place, "root.secret"), Buffer.from(HOSTILE.join("")).toString("base64"), { mode: 0o600 });
  const settings = { server: "router", domain: "domain.yaml", natInterface: "wan0", rootSecretFile: "root.secret" };
  const { plan, keys, config } = openStack({ name: "proof", settings, rootSecret: undefined, directory: place });
  const texts = plan.interfaces.flatMap((wg) => [
    renderDocument(wg, keys, execution(config, wg.name), "0".repeat(16)).body,
    ...wg.peers.map((peer) => renderClient({ plan, interface: wg, peer, keys, execution: execution(config, wg.name) })),
  ]);
  expect(texts.length).toBeGreaterThan(5);
  for (const text of texts) expect(text).not.toMatch(/PostUp|PostDown|PreUp|PreDown|SaveConfig|[$`;]\(|\binclude\b/);
});
