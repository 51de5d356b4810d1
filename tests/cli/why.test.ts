import { HOME, wirewright, withFiles } from "../support/cli.ts";

jest.setTimeout(120_000);

const whyIn = (domain: string, ...args: readonly string[]) =>
  withFiles({ "domain.yaml": domain }, (directory) => wirewright(directory, ["why", "domain.yaml", ...args]));
const why = (...args: readonly string[]) => whyIn(HOME, ...args);

test("an allowed packet is explained by its binding and rule, with their places in the file", async () => {
  const { code, out } = await why("router/wg0/tv", "192.168.1.10", "tcp/443");
  expect(code).toBe(0);
  expect(out).toBe(
    [
      "allow  router/wg0/tv to 192.168.1.10, tcp/443",
      "  client   router/wg0/tv",
      "  binding  profile media on router/wg0 (domain.yaml:24:14)",
      "  rule     profiles.media.reach.lan (domain.yaml:16:20)",
      "  reason   profiles.media.reach.lan opens lan on icmp, tcp/443",
      "",
    ].join("\n"),
  );
});

test("a denied one names the rule that came closest, or the default", async () => {
  const [near, far] = await Promise.all([
    why("router/wg0/tv", "192.168.1.10", "tcp/22"),
    why("router/wg0/tv", "1.1.1.1", "udp/53"),
  ]);
  expect(near.out).toMatch(/^deny /);
  expect(near.out).toContain("opens lan on icmp, tcp/443 and nothing else");
  expect(far.out).toContain("rule     none: the default is deny");
});

test("an address speaks for the client that has it, and one that nobody has is dropped", async () => {
  const [client, nobody, self] = await Promise.all([
    why("10.66.0.2", "self", "tcp/22"),
    why("10.66.0.99", "192.168.1.10"),
    why("router/wg0/laptop", "self", "--json"),
  ]);
  expect(client.out).toContain("client   router/wg0/laptop");
  expect(client.out).not.toContain("fd00:66::1"); // an IPv4 source sends no IPv6
  expect(nobody.out).toMatch(/^deny .*\n {2}reason {3}no client of any interface/);
  expect(JSON.parse(self.out)).toMatchObject([
    { to: "10.66.0.1", verdict: "allow", rules: ["profiles.admin.reach.self"] },
    { to: "fd00:66::1", verdict: "allow" },
  ]);
});

const CHAIN = `version: 1
servers:
  router: { address: 192.168.1.1, interfaces: { wg0: { port: 51820, network: [10.66.0.0/24] } } }
  nas: { address: 192.168.2.1, interfaces: { wg0: { port: 51820, network: [10.70.0.0/24] } } }
subnets:
  nas-tunnel: [10.70.0.0/24]
  lan: [192.168.3.0/24]
  host: [192.168.3.10/32]
profiles:
  gateway: { reach: [self, { to: lan, ports: [tcp/80-90] }, { to: host, ports: [tcp/91-100] }] }
  lone: { reach: [peers] }
bindings:
  - { profile: gateway, interface: router/wg0, clients: { gw: { subnets: [nas-tunnel] } } }
  - { profile: lone, interface: nas/wg0, clients: { n: {} } }
`;

test("an address that two interfaces take is answered for each: a tunnel that is a site of another", async () => {
  const [text, json] = await Promise.all([
    whyIn(CHAIN, "10.70.0.2", "10.66.0.1", "tcp/1"),
    whyIn(CHAIN, "10.70.0.2", "10.66.0.1", "tcp/1", "--json"),
  ]);
  expect([text.code, text.err]).toEqual([0, ""]);
  expect(text.out.match(/^(allow|deny).*\n {2}client.*$/gm)).toEqual([
    "deny  10.70.0.2 to 10.66.0.1, tcp/1\n  client   nas/wg0/n",
    "allow  10.70.0.2 to 10.66.0.1, tcp/1\n  client   router/wg0/gw",
  ]);
  expect(JSON.parse(json.out)).toMatchObject([
    { client: "nas/wg0/n", verdict: "deny", rules: [] },
    { client: "router/wg0/gw", verdict: "allow", rules: ["profiles.gateway.reach.self"] },
  ]);
});

test("every rule that decides has a line of its own", async () => {
  const { out } = await whyIn(CHAIN, "router/wg0/gw", "192.168.3.10", "tcp/80-100");
  expect(out).toMatch(/^allow /);
  expect(out.match(/^ {2}rule .*$/gm)).toEqual([
    "  rule     profiles.gateway.reach.host (domain.yaml:10:61)",
    "  rule     profiles.gateway.reach.lan (domain.yaml:10:28)",
  ]);
});

const LINES = `version: 1
servers:
  router: { address: 192.168.1.1, endpoint: vpn.example.net, interfaces: { wg0: { port: 51820, network: [10.66.0.0/24] } } }
subnets:
  lan: [192.168.1.0/24]
profiles:
  user:
    reach:
      - { to: lan, ports: [tcp/80-90] }
      - { to: lan, ports: [tcp/91-100, udp/53] }
      - self
      - { to: lan, ports: [icmp] }
bindings:
  - { profile: user, interface: router/wg0, clients: { laptop: {} } }
`;

test.each([
  ["the line that opens it", "udp/53", [10]],
  ["the lines that open it together", "tcp/85-95", [9, 10]],
  ["all lines of the target when none meets what was asked", "tcp/22", [9, 10, 12]],
  ["all lines of the target when no port was asked about", undefined, [9, 10, 12]],
])("of several lines of one target, a rule names %s", async (_, port, lines) => {
  const { out } = await whyIn(LINES, "router/wg0/laptop", "192.168.1.10", ...(port === undefined ? [] : [port]));
  expect(out.match(/^ {2}rule .*$/gm)).toEqual(
    lines.map((line) => `  rule     profiles.user.reach.lan (domain.yaml:${line}:9)`),
  );
});

test("without a port the answer tells all from some", async () => {
  const [all, some] = await Promise.all([why("router/wg0/laptop", "1.1.1.1"), why("router/wg0/tv", "192.168.1.10")]);
  expect(all.out).toMatch(/^allow {2}router/);
  expect(some.out).toMatch(/^some of it {2}router/);
});

test.each([
  ["router/wg0/lapdog", "self", "tcp/22", "is neither a client"],
  ["router/wg0/laptop", "lan", "tcp/22", "lan is no address, no client and not self"],
  ["router/wg0/laptop", "self", "tcp/0", "tcp/0 is no port"],
])("%s %s %s is bad input with a next step", async (from, to, port, message) => {
  const { code, out, err } = await why(from, to, port);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(message);
});

test("a file name that would act on a terminal is told in words that don't", () =>
  withFiles({ "e\u001b[31mvil.yaml": HOME }, async (directory) => {
    const { code, out } = await wirewright(directory, ["why", "e\u001b[31mvil.yaml", "router/wg0/tv", "192.168.1.10"]);
    expect([code, out.includes("\u001b")]).toEqual([0, false]);
    expect(out).toContain("(e\\u{1b}[31mvil.yaml:24:14)");
  }));
