import { HOME, wirewright, withFiles } from "../support/cli.ts";

jest.setTimeout(120_000);

const SHUFFLED = `version: 1
bindings:
  - { clients: { runner: {} }, interface: nas/wg1, profile: lab }
  - profile: media
    interface: router/wg0
    clients: { tv: {} }
  - profile: admin
    clients:
      phone: { publicKey: "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=" }
      laptop: {}
    interface: router/wg0
profiles:
  lab: { reach: [self] }
  media: { reach: [{ ports: [icmp, tcp/443], to: lan }] }
  admin: { reach: [self, internet, lan] }
subnets:
  lan: [192.168.1.0/24]
servers:
  nas:
    interfaces:
      wg1: { network: [10.66.1.0/24], port: 51821 }
    address: 192.168.1.2
  router:
    interfaces:
      wg0: { network: ["fd00:66::/64", 10.66.0.0/24], port: 51820 }
    endpoint: vpn.example.net
    address: 192.168.1.1
`;

test("the plan is the same to the byte for any order of the file, as text and as JSON", () =>
  withFiles({ "a.yaml": HOME, "b.yaml": SHUFFLED }, async (directory) => {
    const [text, other, json, otherJson] = await Promise.all(
      [["a.yaml"], ["b.yaml"], ["a.yaml", "--json"], ["b.yaml", "--json"]].map((args) =>
        wirewright(directory, ["plan", ...args]),
      ),
    );
    expect(text).toMatchObject({ code: 0, err: "" });
    expect(text?.out).toContain("laptop  admin    10.66.0.2, fd00:66::2");
    expect(other?.out).toBe(text?.out);
    expect(otherJson?.out).toBe(json?.out);
    expect(JSON.parse(json?.out ?? "").servers.map((one: { server: string }) => one.server)).toEqual(["nas", "router"]);
  }));

test("one server can be asked for, and one that is not there is named with those that are", () =>
  withFiles({ "domain.yaml": HOME }, async (directory) => {
    const [one, none] = await Promise.all([
      wirewright(directory, ["plan", "domain.yaml", "--server", "nas"]),
      wirewright(directory, ["plan", "domain.yaml", "--server", "nsa"]),
    ]);
    expect(one.out).not.toContain("router");
    expect(none).toMatchObject({ code: 2, out: "" });
    expect(none.err).toContain("has no server nsa; there are nas, router");
  }));

test("a file with problems prints every one of them with its place, and no plan", () =>
  withFiles({ "domain.yaml": HOME.replace("tcp/443", "tcp/0").replace("admin\n", "amin\n") }, async (directory) => {
    const { code, out, err } = await wirewright(directory, ["plan", "domain.yaml", "--json"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^domain\.yaml:16:\d+ /m);
    expect(err).toMatch(/^domain\.yaml:19:\d+ /m);
  }));

test("a file without a server is told so, and whoever asks for one as well", () =>
  withFiles({ "domain.yaml": "version: 1\nservers: {}\n" }, async (directory) => {
    const [all, one] = await Promise.all([
      wirewright(directory, ["plan", "domain.yaml"]),
      wirewright(directory, ["plan", "domain.yaml", "--server", "nas"]),
    ]);
    expect(all).toEqual({ code: 0, out: "domain.yaml names no server, so there is nothing to deploy\n", err: "" });
    expect(one.err).toContain("has no server nas; there are none");
  }));
