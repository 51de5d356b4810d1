import { spawnSync } from "node:child_process";
import { formatAddress } from "../../../core/net/address.ts";
import { type Cidr, hostAddress } from "../../../core/net/cidr.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import type { Execution, InterfacePlan } from "../../../core/plan/types.ts";
import { renderNft } from "../../../core/render/nft.ts";
import { cidr, domainOf, type Sketch } from "../../support/domain.ts";

const execution: Execution = {
  implementation: "kernel",
  mtu: 1420,
  keepaliveSeconds: 25,
  presharedKeys: "on",
  clientDns: [],
  confirmSeconds: 90,
};

const HOUSE: Sketch = {
  servers: { router: { address: "192.168.1.1", interfaces: { "wg-home": ["10.64.0.0/16", "fd00:66::/64"] } } },
  subnets: { lan: ["192.168.1.0/24", "fd00:1::/64"], tcp: ["192.168.9.0/24"], "branch-lan": ["192.168.50.0/24"] },
  // Names that nft could take for words of its own.
  profiles: {
    accept: ["lan", "internet", "self", "branch-lan"],
    drop: ["lan tcp/443 tcp/8000-8100 udp/53 icmp", "tcp tcp/22"],
    "1-fwd": ["peers icmp", "internet tcp/443"],
  },
  bindings: {
    "accept router/wg-home": { laptop: {} },
    "drop router/wg-home": { tv: {}, branch: { subnets: ["branch-lan"] } },
    "1-fwd router/wg-home": { phone: {} },
  },
};

function planOf(sketch: Sketch): InterfacePlan {
  const { plans, problems } = compile(domainOf(sketch), emptyLock);
  expect(problems).toEqual([]);
  const plan = plans[0]?.interfaces[0];
  if (plan === undefined) throw new Error("no interface");
  return plan;
}

const many = (count: number): Sketch => ({
  ...HOUSE,
  bindings: {
    "accept router/wg-home": Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, {}])),
    "drop router/wg-home": { tv: {} },
  },
});

const rulesOf = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => /\b(accept|drop|jump|vmap|masquerade|set rt mtu)$/.test(line) || line.includes("vmap"));

/** The lines of one chain. */
const chainOf = (text: string, name: string): string[] =>
  (text.split(`  chain ${name} {\n`)[1]?.split("\n  }")[0] ?? "").split("\n").map((line) => line.trim());

test("the number of clients changes no rule", () => {
  const rules = (count: number) =>
    rulesOf(renderNft(planOf(many(count)), execution)).filter((line) => !/^ {6}/.test(line));
  expect(rules(500)).toEqual(rules(1));
  expect(rules(1).length).toBeGreaterThan(10);
});

test("a client is one element per family, and its site one more, each leading to its own profile", () => {
  const text = renderNft(planOf(HOUSE), execution);
  const jumps = text.split("\n").filter((line) => / : jump from-/.test(line));
  expect(jumps.map((line) => line.trim().replace(/,$/, ""))).toEqual([
    "10.64.0.2 : jump from-drop",
    "10.64.0.3 : jump from-accept",
    "10.64.0.4 : jump from-1-fwd",
    "10.64.0.5 : jump from-drop",
    "192.168.50.0/24 : jump from-drop",
    "fd00:66::2 : jump from-drop",
    "fd00:66::3 : jump from-accept",
    "fd00:66::4 : jump from-1-fwd",
    "fd00:66::5 : jump from-drop",
  ]);
});

/** The elements of both maps: who sends, and the profile that judges it. */
const jumpsOf = (text: string): { readonly from: Cidr; readonly profile: string }[] =>
  [...text.matchAll(/^ {6}(\S+) : jump from-([^\s,]+),?$/gm)].map(([, from = "", profile = ""]) => ({
    from: cidr(from.includes("/") ? from : `${from}/${from.includes(":") ? 128 : 32}`),
    profile,
  }));

const addressesOf = ({ from, profile }: { readonly from: Cidr; readonly profile: string }): string[] =>
  Array.from(
    { length: 2 ** ((from.family === 4 ? 32 : 128) - from.length) },
    (_, i) => `${formatAddress(hostAddress(from, i))} ${profile}`,
  );

test("of more than 100 clients neighbours of one profile are one network, with their addresses and no other", () => {
  const named = (count: number) => jumpsOf(renderNft(planOf(many(count - 1)), execution)).length;
  expect([named(100), named(101) < 40]).toEqual([200, true]);
  const profileOf = (i: number) => ["accept", "drop", "1-fwd"][(i >> (i % 7)) % 3] ?? "";
  const clients = Array.from({ length: 400 }, (_, i) => ({ name: `c${i}`, profile: profileOf(i) }));
  const bindings = Object.entries(Object.groupBy(clients, ({ profile }) => profile)).map(([profile, group = []]) => [
    `${profile} router/wg-home`,
    Object.fromEntries(group.map(({ name }) => [name, name === "c7" ? { subnets: ["branch-lan"] } : {}])),
  ]);
  const plan = planOf({ ...HOUSE, bindings: Object.fromEntries(bindings) });
  const jumps = jumpsOf(renderNft(plan, execution));
  const planned = plan.peers.flatMap(({ allowedIps, profile }) => allowedIps.map((from) => ({ from, profile })));
  expect(jumps.flatMap(addressesOf).sort()).toEqual(planned.flatMap(addressesOf).sort());
  expect(jumps.length).toBeLessThan(planned.length);
});

test("whatever no profile accepts ends in a counted drop, also without any client", () => {
  for (const sketch of [HOUSE, { ...HOUSE, bindings: {} }]) {
    const text = renderNft(planOf(sketch), execution);
    expect(chainOf(text, "judge").at(-1)).toBe("counter drop");
    expect(chainOf(text, "input").at(-1)).toBe('iifname "wg-home" jump judge');
    expect(chainOf(text, "forward").slice(-2)).toEqual([
      'iifname "wg-home" jump judge',
      'oifname "wg-home" jump judge',
    ]);
  }
});

test("internet and peers are opened to forwarded packets alone", () => {
  const text = renderNft(planOf(HOUSE), execution);
  const far = text.split("\n").filter((line) => /@(internet|peers)[46] accept$/.test(line));
  expect(far.length).toBeGreaterThan(4);
  expect(far.every((line) => line.trim().startsWith("meta oiftype != 65535 "))).toBe(true);
  const near = text.split("\n").filter((line) => /@(self[46]|net[46]-\S+) accept$/.test(line));
  expect(near.some((line) => line.includes("oif"))).toBe(false);
});

test("there is NAT where the settings name a way out, for what is behind the tunnel, and nowhere else", () => {
  const plan = planOf(HOUSE);
  expect(renderNft(plan, execution)).not.toMatch(/nat|masquerade/);
  const text = renderNft(plan, { ...execution, natInterface: "wan0" });
  expect(chainOf(text, "postrouting")).toEqual([
    "type nat hook postrouting priority srcnat; policy accept;",
    'oifname "wan0" ip saddr @inside4 masquerade',
    'oifname "wan0" ip6 saddr @inside6 masquerade',
  ]);
  expect(text).toMatch(/set inside4 \{\n.*\n.*\n {4}elements = \{\n {6}10\.64\.0\.0\/16,\n {6}192\.168\.50\.0\/24\n/);
});

test("every line is plain ASCII without tabs, and the braces close with the last", () => {
  const text = renderNft(planOf(HOUSE), { ...execution, natInterface: "wan0" });
  expect(text).toMatch(/^[\n -~]+$/);
  let depth = 0;
  const lines = text.trimEnd().split("\n");
  for (const [i, line] of lines.entries()) {
    depth += (line.match(/\{/g)?.length ?? 0) - (line.match(/\}/g)?.length ?? 0);
    expect(depth > 0 || i === lines.length - 1).toBe(true);
  }
  expect(depth).toBe(0);
});

/** Loads texts one after the other in a network namespace that ends with the command; undefined when this machine can't. */
function loadAll(texts: readonly string[], then = ""): { readonly status: number | null; readonly output: string } {
  const script = texts
    .map((_, i) => `sed -n "/^=${i}\\$/,/^=${i + 1}\\$/{/^=/d;p}" "$0/texts" | nft -f -`)
    .join(" && ");
  const input = `${texts.map((text, i) => `=${i}\n${text}`).join("")}=${texts.length}\n`;
  const command = `d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && cat >"$d/texts" && sh -c '${script} ${then}' "$d"`;
  const { status, stdout, stderr } = spawnSync("unshare", ["--net", "sh", "-c", command], {
    input,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, output: `${stdout}${stderr}` };
}

const unable =
  loadAll(["table inet probe {\n}\n"]).status === 0 ? "" : " (skipped: no nft, or no right to a network namespace)";
const withNft = unable === "" ? test : test.skip;
const replace = (text: string): string => {
  const name = /^table inet (\S+)/.exec(text)?.[1];
  return `table inet ${name} {}\ndelete table inet ${name}\n${text}`;
};

withNft(`nft loads every form of the text, and again over itself${unable}`, () => {
  const nat = { ...execution, natInterface: "wan0" };
  const four = { ...HOUSE, servers: { router: { address: "192.168.1.1", interfaces: { wg0: ["10.64.0.0/16"] } } } };
  const v4 = { ...four, bindings: { "drop router/wg0": { tv: {} }, "accept router/wg0": { laptop: {} } } };
  const texts = [HOUSE, v4, { ...HOUSE, bindings: {} }].flatMap((sketch) =>
    [execution, nat].map((one) => renderNft(planOf(sketch), one)),
  );
  const { status, output } = loadAll(
    [...texts, ...texts].map(replace),
    "&& nft -s list ruleset | nft -c -f - && nft list ruleset",
  );
  expect([status, output.slice(0, 400)]).toEqual([0, expect.stringContaining("table inet wirewright_")]);
  expect(output).not.toContain("[invalid"); // how 1.0.6 lists ports that it could not give a type
});

withNft(`nft loads every form of the text where nobody knows names of protocols${unable}`, () => {
  const text = renderNft(planOf(HOUSE), { ...execution, natInterface: "wan0" });
  const command = "! [ -e /etc/protocols ] || mount --bind /dev/null /etc/protocols && nft -c -f -";
  const { status, stderr } = spawnSync("unshare", ["--net", "--mount", "sh", "-c", command], {
    input: text,
    encoding: "utf8",
    timeout: 60_000,
  });
  expect([status, stderr]).toEqual([0, ""]);
});

withNft(`nft loads 10,000 clients, each between others of another profile or all of one${unable}`, () => {
  const names = Array.from({ length: 10_001 }, (_, i) => `c${String(i).padStart(5, "0")}`);
  const every = (rest: number) => Object.fromEntries(names.filter((_, i) => i % 2 === rest).map((name) => [name, {}]));
  const mixed = { ...HOUSE, bindings: { "accept router/wg-home": every(0), "drop router/wg-home": every(1) } };
  for (const [sketch, elements] of [
    [mixed, 20_002],
    [many(10_000), jumpsOf(renderNft(planOf(many(10_000)), execution)).length],
  ] as const) {
    const text = replace(renderNft(planOf(sketch), execution));
    const { status, output } = loadAll([text, text], "&& nft list ruleset | grep -o jump.from | wc -l");
    expect([status, output.trim()]).toEqual([0, String(elements)]);
  }
});
