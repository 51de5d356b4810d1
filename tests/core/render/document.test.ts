import { createHash } from "node:crypto";
import { compile } from "../../../core/plan/compile.ts";
import { type KeyRing, keyRing } from "../../../core/plan/keys.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import type { Execution, InterfacePlan } from "../../../core/plan/types.ts";
import { renderDocument, sealDocument } from "../../../core/render/document.ts";
import { domainOf, type Sketch } from "../../support/domain.ts";

const keys: KeyRing = keyRing(new TextEncoder().encode("a root secret for tests of the document"));
const execution: Execution = {
  implementation: "wireguard-go",
  mtu: 1420,
  keepaliveSeconds: 25,
  presharedKeys: "on",
  clientDns: [],
  confirmSeconds: 90,
};
const IDENTITY = "0123456789abcdef";

const HOUSE = {
  servers: { router: { address: "192.168.1.1", interfaces: { wg0: ["10.66.0.0/24", "fd00:66::/64"] } } },
  subnets: { lan: ["192.168.1.0/24", "fd00:1::/64"], "branch-lan": ["192.168.50.0/24"] },
  profiles: { admin: ["lan", "internet", "self"], lab: ["self"], chat: ["peers"], site: ["branch-lan"] },
  bindings: { "admin router/wg0": { laptop: {}, branch: { subnets: ["branch-lan"] } } },
} satisfies Sketch;

function planOf(bindings: Sketch["bindings"], sketch: Sketch = HOUSE): InterfacePlan {
  const { plans, problems } = compile(domainOf({ ...sketch, bindings: bindings ?? {} }), emptyLock);
  expect(problems).toEqual([]);
  const plan = plans[0]?.interfaces[0];
  if (plan === undefined) throw new Error("no interface");
  return plan;
}

const bodyOf = (plan: InterfacePlan, how: Execution = execution): string =>
  renderDocument(plan, keys, how, IDENTITY).body;
const linesOf = (body: string, word: string): string[] =>
  body.split("\n").filter((line) => line.startsWith(`${word} `));

test("every line begins with a known word, in the order that the device expects", () => {
  const document = renderDocument(planOf(HOUSE.bindings), keys, execution, IDENTITY);
  const words = sealDocument({ ...document, nonce: keys.nonce("x") })
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ")[0]);
  const order =
    "wirewright interface owner identity digest nonce implementation private-key public-key port mtu address peer route forward forward-to nft end".split(
      " ",
    );
  expect([...new Set(words)]).toEqual(order);
  expect(words).toEqual([...words].sort((a, b) => order.indexOf(a ?? "") - order.indexOf(b ?? "")));
});

test("the last line is the checksum of all before it, and the bytes are plain", () => {
  const document = renderDocument(planOf(HOUSE.bindings), keys, execution, IDENTITY);
  const text = sealDocument({ ...document, nonce: keys.nonce("x") });
  const before = text.slice(0, text.lastIndexOf("end "));
  expect(text.slice(before.length)).toBe(`end ${createHash("sha256").update(before).digest("hex")}\n`);
  expect(text).toMatch(/^[\n -~]+$/);
});

test("the digest depends on every byte of the body, on the root secret, and not on the nonce", () => {
  const plan = planOf(HOUSE.bindings);
  const other = keyRing(new TextEncoder().encode("another root secret for tests of documents"));
  const digests = [
    renderDocument(plan, keys, execution, IDENTITY),
    renderDocument(plan, keys, { ...execution, mtu: 1380 }, IDENTITY),
    renderDocument(plan, keys, execution, "fedcba9876543210"),
    renderDocument(plan, other, execution, IDENTITY),
    renderDocument(planOf({ "admin router/wg0": { laptop: { pskEpoch: 2 } } }), keys, execution, IDENTITY),
  ].map(({ digest }) => digest);
  expect(new Set(digests).size).toBe(digests.length);
  const document = renderDocument(plan, keys, execution, IDENTITY);
  const [one, two] = ["a", "b"].map((text) => sealDocument({ ...document, nonce: keys.nonce(text) }));
  expect(one).not.toBe(two);
  expect(linesOf(one ?? "", "digest")).toEqual(linesOf(two ?? "", "digest"));
});

test("peers are sorted by key, with pre-shared keys where the settings say so, and keepalive off", () => {
  const names = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`c${i}`, {}]));
  const plan = planOf({ "admin router/wg0": names });
  const on = linesOf(bodyOf(plan), "peer");
  expect(on).toHaveLength(20);
  expect(on).toEqual([...on].sort());
  for (const line of on) expect(line).toMatch(/^peer \S{43}= \S{43}= 0 10\.66\.0\.\d+\/32,fd00:66::[0-9a-f]+\/128$/);
  const off = linesOf(bodyOf(plan, { ...execution, presharedKeys: "off" }), "peer");
  for (const line of off) expect(line).toMatch(/^peer \S{43}= - 0 /);
});

test("two peers of one key, or a peer with the interface's own, are refused by name", () => {
  const taken = keys.publicKey({ path: "router/wg0/laptop", epoch: 1 });
  const own = keys.publicKey({ path: "router/wg0", epoch: 1 });
  const plan = (publicKey: string) => planOf({ "admin router/wg0": { laptop: {}, phone: { publicKey } } });
  expect(() => bodyOf(plan(taken))).toThrow("router/wg0/phone has the public key of router/wg0/laptop");
  expect(() => bodyOf(plan(own))).toThrow("router/wg0/phone has the public key of router/wg0;");
});

test.each([
  ["self alone", "lab", [], []],
  ["other clients", "chat", ["4", "6"], []],
  ["a site behind a client", "site", ["4"], []],
  ["networks outside", "admin", ["4", "6"], ["0.0.0.0/0", "::/0", "192.168.1.0/24", "fd00:1::/64"]],
])("forwarding is asked for as far as %s needs it", (_, profile, families, waysOut) => {
  const branch = { [`${profile} router/wg0`]: { branch: { subnets: ["branch-lan"] }, other: {} } };
  const body = bodyOf(planOf(branch));
  expect(linesOf(body, "forward").map((line) => line.slice(8))).toEqual(families);
  expect(linesOf(body, "forward-to").map((line) => line.slice(11))).toEqual(waysOut);
});

test("an interface without clients is a whole document that lets nobody in", () => {
  const body = bodyOf(planOf({}));
  expect(linesOf(body, "peer").concat(linesOf(body, "forward"))).toEqual([]);
  expect(body).toContain("nft     counter drop\n");
});

test("the same plan gives the same bytes, and a second client leaves the first one's lines alone", () => {
  expect(bodyOf(planOf(HOUSE.bindings))).toBe(bodyOf(planOf(HOUSE.bindings)));
  const one = bodyOf(planOf({ "lab router/wg0": { a: {} } })).split("\n");
  const two = bodyOf(planOf({ "lab router/wg0": { a: {}, b: {} } })).split("\n");
  const last = (line: string): string => line.replace(/,$/, "");
  expect(one.map(last).filter((line) => !two.map(last).includes(line))).toEqual([]);
});
