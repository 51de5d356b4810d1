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
/** Each place of an intent file where the author chooses a text. */
const PLACES: readonly (readonly [string, (word: string) => string])[] = [
  ["a server", (word) => DOMAIN.replace("  router:", `  ${word}:`)],
  ["an interface", (word) => DOMAIN.replace("wg0: { port", `${word}: { port`)],
  ["an address", (word) => DOMAIN.replace("address: 192.168.1.1", `address: ${word}`)],
  ["an endpoint", (word) => DOMAIN.replace("vpn.example.net", word)],
  ["a network", (word) => DOMAIN.replace("10.66.0.0/24", word)],
  ["a subnet", (word) => DOMAIN.replace("branch-lan: [", `${word}: [`)],
  ["a profile", (word) => DOMAIN.replace("admin: {", `${word}: {`)],
  ["a target", (word) => DOMAIN.replace("[lan, internet, self]", `[${word}]`)],
  ["ports", (word) => DOMAIN.replace("tcp/443", word)],
  ["a client", (word) => DOMAIN.replace("laptop: {}", `${word}: {}`)],
  ["a public key", (word) => DOMAIN.replace(/"tWD7[^"]*"/, word)],
  ["a binding", (word) => DOMAIN.replace("interface: router/wg0", `interface: ${word}`)],
];

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "wirewright-injection-"));
});
afterEach(() => rmSync(place, { recursive: true }));

test.each(PLACES)("S9 injection-proof: no text that means more than itself passes as %s", (_, put) => {
  expect(load(DOMAIN).problems).toEqual([]);
  for (const word of HOSTILE) {
    const text = put(JSON.stringify(word));
    expect(text).not.toBe(DOMAIN);
    const { domain, problems } = load(text);
    expect({ word, passed: domain !== undefined || problems.length === 0 }).toEqual({ word, passed: false });
  }
});

test("S9 injection-proof: nor as a setting of a stack that gets near a command or a rule", () => {
  const settings = { server: "router", natInterface: "wan0" };
  expect(parseStackConfig(settings).problems).toEqual([]);
  for (const setting of ["server", "natInterface", "sshUser", "implementation", "clientDns"]) {
    for (const word of HOSTILE) {
      const { config } = parseStackConfig({ ...settings, [setting]: setting === "clientDns" ? [word] : word });
      expect({ setting, word, passed: config !== undefined }).toEqual({ setting, word, passed: false });
    }
  }
});

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
