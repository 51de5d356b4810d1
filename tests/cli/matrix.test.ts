import { HOME, wirewright, withFiles } from "../support/cli.ts";

jest.setTimeout(120_000);

test("the matrix has a row per client and a column per target, as text and as JSON", () =>
  withFiles({ "domain.yaml": HOME }, async (directory) => {
    const [text, json] = await Promise.all([
      wirewright(directory, ["matrix", "domain.yaml"]),
      wirewright(directory, ["matrix", "domain.yaml", "--json"]),
    ]);
    expect(text.out).toBe(
      [
        "nas/wg1",
        "  client  profile  self",
        "  runner  lab      everything",
        "",
        "router/wg0",
        "  client  profile  self        internet    lan",
        "  laptop  admin    everything  everything  everything",
        "  phone   admin    everything  everything  everything",
        "  tv      media    -           -           icmp, tcp/443",
        "",
      ].join("\n"),
    );
    const rows: readonly { from: string; reaches: readonly { name: string; ports: readonly string[] }[] }[] =
      JSON.parse(json.out);
    expect(rows.map((row) => row.from)).toEqual([
      "nas/wg1/runner",
      "router/wg0/laptop",
      "router/wg0/phone",
      "router/wg0/tv",
    ]);
    expect(rows.at(-1)?.reaches).toMatchObject([{ name: "lan", ports: ["icmp", "tcp/443"] }]);
  }));

const SITES = `version: 1
servers:
  router: { address: 192.168.1.1, interfaces: { wg0: { port: 51820, network: [10.66.0.0/24] } } }
subnets:
  branch-lan: [192.168.50.0/24]
  branches: [192.168.48.0/22]
profiles:
  user: { reach: [{ to: branch-lan, ports: [tcp/443] }, branches] }
  gateway: { reach: [self] }
bindings:
  - { profile: user, interface: router/wg0, clients: { laptop: {}, shop: { subnets: [branch-lan] } } }
`;

test("what is behind a client is at home, as why says, and no reach of its profile", () => {
  const other = SITES.replace(
    ", shop: { subnets: [branch-lan] } } }",
    " } }\n  - { profile: gateway, interface: router/wg0, clients: { shop: { subnets: [branch-lan] } } }",
  );
  return withFiles({ "domain.yaml": SITES, "other.yaml": other }, async (directory) => {
    const [text, json, second] = await Promise.all([
      wirewright(directory, ["matrix", "domain.yaml"]),
      wirewright(directory, ["matrix", "domain.yaml", "--json"]),
      wirewright(directory, ["matrix", "other.yaml"]),
    ]);
    expect(text.out.split("\n").slice(1, 4)).toEqual([
      "  client  profile  branch-lan  branches",
      "  laptop  user     tcp/443     everything",
      "  shop    user     at home     everything, partly at home",
    ]);
    expect(second.out.split("\n").slice(1, 4)).toEqual([
      "  client  profile  self        branch-lan  branches",
      "  laptop  user     -           tcp/443     everything",
      "  shop    gateway  everything  at home     partly at home",
    ]);
    const [laptop, shop] = JSON.parse(json.out);
    expect(laptop).toMatchObject({
      atHome: [],
      reaches: [{ name: "branch-lan", destinations: ["192.168.50.0/24"] }, {}],
    });
    expect(shop).toMatchObject({
      atHome: ["192.168.50.0/24"],
      reaches: [
        { name: "branch-lan", destinations: [] },
        { name: "branches", destinations: ["192.168.48.0/23", "192.168.51.0/24"] },
      ],
    });
  });
});

const TWO_TUNNELS = `version: 1
servers:
  hub:
    address: 192.168.1.1
    interfaces:
      wg0: { port: 51820, network: [10.66.0.0/24] }
      wg1: { port: 51821, network: [10.67.0.0/24] }
subnets:
  wide: [10.200.0.0/16]
  shop-lan: [10.200.50.0/24]
profiles:
  user: { reach: [wide, shop-lan, peers] }
  lone: { reach: [self] }
bindings:
  - { profile: user, interface: hub/wg0, clients: { laptop: {} } }
  - { profile: lone, interface: hub/wg1, clients: { shop: { subnets: [shop-lan] } } }
  - { profile: user, interface: hub/wg1, clients: { pad: {} } }
`;

test("what is behind another tunnel is not shown as open, and a server's own address is not shown as a peer", () =>
  withFiles({ "domain.yaml": TWO_TUNNELS }, async (directory) => {
    const [text, json, why] = await Promise.all([
      wirewright(directory, ["matrix", "domain.yaml"]),
      wirewright(directory, ["matrix", "domain.yaml", "--json"]),
      wirewright(directory, ["why", "domain.yaml", "hub/wg0/laptop", "10.66.0.1", "tcp/22"]),
    ]);
    expect(text.out.split("\n").slice(0, 8)).toEqual([
      "hub/wg0",
      "  client  profile  peers       shop-lan  wide",
      "  laptop  user     everything  -         everything, but not behind other tunnels",
      "",
      "hub/wg1",
      "  client  profile  self        peers       shop-lan    wide",
      "  pad     user     -           everything  everything  everything",
      "  shop    lone     everything  -           at home     partly at home",
    ]);
    const [laptop] = JSON.parse(json.out);
    expect(laptop.reaches.find(({ name }: { name: string }) => name === "peers")).toMatchObject({
      destinations: ["10.66.0.0/24"],
      except: ["10.66.0.1/32"],
    });
    expect(why.out).toContain("deny");
  }));
