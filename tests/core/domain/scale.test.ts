import { factsOf } from "../../../core/domain/facts.ts";
import { load } from "../../../core/domain/load.ts";
import type { Report } from "../../../core/domain/place.ts";
import { checkRules } from "../../../core/domain/rules.ts";
import { domainSchema } from "../../../core/domain/schema.ts";
import { tokensOf } from "../../../core/domain/text/tokens.ts";
import { lookCounter } from "../../support/looks.ts";

const publicKey = (i: number): string => {
  const bytes = Buffer.alloc(32, 9);
  bytes.writeUInt32BE(i, 8);
  return bytes.toString("base64");
};

/** Every third client brings a key, every third has an address pinned, some have a site. */
function largeFile(count: number, lines: (i: number) => string): string {
  return `version: 1
servers:
  router:
    address: 192.168.1.1
    endpoint: vpn.example.net
    interfaces:
      wg0: { port: 51820, network: [10.64.0.0/16, "fd00:64::/64"] }
subnets:
${Array.from({ length: count / 10 }, (_, i) => `  site-${i}: [172.${16 + (i >> 8)}.${i & 255}.0/24]`).join("\n")}
  lan: [192.168.1.0/24]
profiles:
  user: { reach: [lan] }
bindings:
  - profile: user
    interface: router/wg0
    clients:
${Array.from({ length: count }, (_, i) => `      client-${i}: { ${lines(i)} }`).join("\n")}
`;
}

const fields = (i: number): string =>
  [
    ...(i % 3 === 0 ? [`publicKey: "${publicKey(i)}"`] : []),
    ...(i % 3 === 1 ? [`address: 10.64.${100 + (i >> 8)}.${i & 255}`] : []),
    ...(i % 10 === 0 ? [`subnets: [site-${i / 10}]`] : []),
  ].join(", ");

test("10,000 clients load, sorted and complete", () => {
  const { domain, problems } = load(largeFile(10_000, fields));
  expect(problems).toEqual([]);
  const clients = domain?.bindings[0]?.clients ?? [];
  expect(clients).toHaveLength(10_000);
  expect(clients.map(({ name }) => name)).toEqual(clients.map(({ name }) => name).sort());
  expect(clients.filter((client) => client.publicKey)).toHaveLength(3334);
});

test("3,000 faulty clients give 3,000 problems, each at its own place", () => {
  const { problems } = load(largeFile(3000, (i) => (i % 2 === 0 ? "epoch: 0" : "profil: x")));
  expect(problems).toHaveLength(3000);
  expect(new Set(problems.map(({ line }) => line)).size).toBe(3000);
});

test("3,000 clients with one key and one address give a problem for all but the first", () => {
  const { problems } = load(largeFile(3000, () => `publicKey: "${publicKey(1)}", address: 10.64.0.9, subnets: [lan]`));
  const count = (code: string): number => problems.filter((problem) => problem.code === code).length;
  expect(count("duplicate-key-pair")).toBe(2999);
  expect(count("duplicate-address")).toBe(2999);
  expect(count("site-overlap")).toBe(2999);
});

const faultyServers = (count: number): string =>
  `version: 1\nservers:\n${Array.from({ length: count }, (_, i) => `  S${i}: {}\n`).join("")}`;

test("100,000 faulty servers are told: every name, 10,000 of what is missing, and that there is more", () => {
  const { domain, judgeable, problems } = load(faultyServers(100_000));
  expect([domain, judgeable]).toEqual([undefined, undefined]);
  const having = (code: string) => problems.filter((problem) => problem.code === code);
  expect(having("bad-name")).toHaveLength(100_000);
  expect(having("missing-key")).toHaveLength(10_000);
  expect(having("more-problems")).toMatchObject([{ path: "servers.S5000.address", line: 5003, column: 3 }]);
  expect(problems).toHaveLength(110_001);
});

test.each([
  ["10,000 problems of a list are all of them", "  - {}\n".repeat(3333), 9999, 0],
  ["of 150,000 empty expectations 10,000 problems are told", "  - {}\n".repeat(150_000), 10_000, 1],
])("%s", (_, lines, told, more) => {
  const { domain, judgeable, problems } = load(`${largeFile(10, fields)}expect:\n${lines}`);
  expect(domain).toBeUndefined();
  expect(judgeable?.expectations).toEqual(more > 0 ? undefined : []);
  expect(problems).toHaveLength(told + more);
  expect(problems.filter(({ code }) => code === "more-problems")).toEqual(more > 0 ? [problems.at(-1)] : []);
});

test("many lists with many problems each are cut on every level", () => {
  const clients = Array.from({ length: 6000 }, (_, i) => `c${i}: 1`).join(", ");
  const bindings = `  - { profile: user, interface: router/wg0, clients: { ${clients} } }\n`;
  const text = largeFile(10, fields).replace(/bindings:[\s\S]*$/, `bindings:\n${bindings.repeat(20)}`);
  const { problems } = load(text);
  expect(problems.map(({ code }) => code)).toEqual([...Array(10_000).fill("wrong-type"), "more-problems"]);
  expect(problems.at(-1)).toMatchObject({ path: "bindings[1].clients.c4000" });
});

const unknownKeys = (count: number): string => Array.from({ length: count }, (_, i) => `k${i}: 1`).join(", ");

test.each([
  ["of one mapping", `{ ${unknownKeys(100_000)} }`, "bindings[0].clients.c.k10000"],
  [
    "of 2,000 mappings in one",
    `{}, ${Array.from({ length: 2000 }, (_, i) => `c${i}: { ${unknownKeys(20)} }`).join(", ")}`,
    "bindings[0].clients.c500.k0",
  ],
])("keys that are not known, %s, are told as other problems are", (_, clients, last) => {
  const binding = `  - { profile: user, interface: router/wg0, clients: { c: ${clients} } }\n`;
  const { problems } = load(largeFile(10, fields).replace(/bindings:[\s\S]*$/, `bindings:\n${binding}`));
  expect(problems.map(({ code }) => code)).toEqual([...Array(10_000).fill("unknown-key"), "more-problems"]);
  expect(problems.at(-1)?.path).toBe(last);
});

test("of 300 servers, each with its own LAN, profile and site, no rule compares every two", () => {
  const each = <T>(entry: (name: string, net: string) => T) =>
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`s${i}`, entry(`s${i}`, `${i >> 8}.${i & 255}`)]));
  const draft = domainSchema.parse({
    version: 1,
    servers: each((_, net) => ({
      address: `11.${net}.1`,
      interfaces: { wg0: { port: 1, network: [`10.${net}.0/24`] } },
    })),
    subnets: Object.assign(
      {},
      ...Object.values(each((name, net) => ({ [name]: [`12.${net}.0/24`], [`${name}-lan`]: [`11.${net}.0/24`] }))),
    ),
    profiles: each((name) => ({ reach: [name] })),
    bindings: Object.values(
      each((name) => ({ profile: name, interface: `${name}/wg0`, clients: { c: { subnets: [name] } } })),
    ),
  });
  const { counted, looks } = lookCounter();
  const facts = factsOf(draft);
  const subnets = [...facts.subnets].map(([name, networks]) => [name, networks.map(counted)] as const);
  const add: Report["add"] = ({ code }) => expect(code).toBe("no problem");
  const silent: Report = {
    add,
    position: () => ({ line: 1, column: 1 }),
    names: () => undefined,
    problems: [],
    faulty: [],
  };
  checkRules({ ...facts, servers: facts.servers.map(counted), subnets: new Map(subnets) }, silent);
  expect(looks()).toBeGreaterThan(0); // else nothing was counted
  expect(looks()).toBeLessThan(300 * 80);
});

/** The same with the fixed bits of a private key, which most of these are. */
const clampedKey = (i: number): string => {
  const bytes = Buffer.from(publicKey(i), "base64");
  bytes[0] = 8;
  bytes[31] = 73;
  return bytes.toString("base64");
};
const PRIVATE = "qGVxQKj7Z2wNqF1z0cNvJ8WlYp3Yq4xRkU5sT2bVd0E=";

test("a private key is found behind 3,000 public ones, in a field and in a comment", () => {
  const keys = (i: number): string => (i < 2999 ? publicKey(i) : PRIVATE);
  const { problems } = load(largeFile(3000, (i) => `publicKey: "${keys(i)}" # ${keys(i)}\n        `));
  expect(problems.map(({ code }) => code)).toEqual(["private-key", "secret-in-file"]);
});

test("of keys that are costly to tell from private ones 400 are tested in fields and 50 in comments", () => {
  const { problems } = load(largeFile(1000, (i) => `publicKey: "${clampedKey(i)}" # ${clampedKey(i)}\n        `));
  const lastLine = (code: string) => problems.findLast((problem) => problem.code === code)?.line ?? 0;
  const first = problems[0]?.line ?? 0;
  expect(problems.length).toBeGreaterThan(350);
  expect((lastLine("private-key") - first) / 2).toBeLessThan(400);
  expect((lastLine("secret-in-file") - first) / 2).toBeLessThan(50);
});

test("a comment may be full of keys", () => {
  expect(load(`# ${`${publicKey(1)} `.repeat(80_000)}\n${largeFile(10, fields)}`).problems).toEqual([]);
});

test("faults of the syntax may be as many as the file has words", () => {
  const text = Array.from({ length: 130_000 }, (_, i) => `s${i}: }\n`).join("");
  expect(load(text).problems).toMatchObject([{ code: "syntax", line: 1, column: 5 }]);
});

test("a file of too many words is refused where they become too many, before any of it is understood", () => {
  const commas = (count: number) => `[${",".repeat(count)}]`;
  expect(tokensOf(commas(499_998)).complete).toBe(true);
  expect(tokensOf(commas(499_999)).complete).toBe(false);
  expect(load(commas(4_000_000)).problems).toMatchObject([{ code: "too-many-words", line: 1, column: 500_001 }]);
});
