import { load } from "../../../core/domain/load.ts";
import { edited, expectMarked } from "./marked.ts";

const WG5 = "wg5: { port: 51825, network: [10.66.5.0/24] }";
const LAN = 'lan: [192.168.1.0/24, "fd00:1::/64"]';

/** The clean file with clients added to wg0. */
const clients = (text: string): string => edited("laptop: {}", `laptop: {}\n${text}`);
const client = (fields: string): string => clients(`      extra: { ${fields} }`);

test.each([
  // duplicates
  ["port twice on one server", edited("port: 51825", "port: §51820"), "duplicate-port"],
  ["one address for two servers", edited("address: 192.168.1.2", "address: §192.168.1.1"), "duplicate-address"],
  ["network twice", edited("[10.66.5.0/24]", "[§10.66.0.0/24]"), "network-overlap"],
  ["network inside another", edited("[10.66.5.0/24]", "[§10.66.0.128/25]"), "network-overlap"],
  [
    "network around another",
    edited("[10.66.5.0/24]", "[§10.66.0.0/16]").replace("[10.66.1.0/24,", "[§10.66.1.0/24,"),
    "network-overlap network-overlap",
  ],
  ["IPv6 network twice", edited("[10.66.5.0/24]", '[10.66.5.0/24, §"fd00:66::/64"]'), "network-overlap"],
  ["two IPv4 networks", edited("[10.66.5.0/24]", "[10.66.5.0/24, §10.66.6.0/24]"), "too-many-networks"],
  ["two IPv6 networks", edited("[10.66.5.0/24]", '["fd00:5::/64", §"fd00:6::/64"]'), "too-many-networks"],
  [
    "one network twice on one interface",
    edited("[10.66.5.0/24]", "[10.66.5.0/24, §10.66.5.0/24]"),
    "too-many-networks",
  ],
  [
    "profile bound twice",
    edited("  - profile: lab\n", "  - profile: §admin\n    interface: router/wg0\n    clients: {}\n  - profile: lab\n"),
    "duplicate-binding",
  ],
  [
    "client twice, other profile",
    edited(
      "  - profile: lab\n",
      "  - profile: media\n    interface: router/wg0\n    clients: { §laptop: {} }\n  - profile: lab\n",
    ),
    "duplicate-client",
  ],
  [
    "public key twice",
    client('publicKey: "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="').replace(
      "phone: { publicKey: ",
      "phone: { publicKey: §",
    ),
    "duplicate-key-pair",
  ],
  [
    "public key on two servers",
    edited("runner: {}", 'runner: { publicKey: §"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=" }'),
    "duplicate-key-pair",
  ],
  ["epoch of a key that is not ours", edited('Tmo="', 'Tmo=", epoch: §2'), "useless-epoch"],

  // overlaps with subnets, sites
  ["lan around a tunnel", edited(LAN, "lan: [§10.66.0.0/16]"), "network-overlap"],
  ["lan inside a tunnel", edited(LAN, "lan: [192.168.1.0/24, §10.66.5.64/26]"), "network-overlap"],
  [
    "tunnel equals lan",
    edited("[10.66.5.0/24]", "[192.168.60.0/24]").replace("shop-lan: [", "shop-lan: [§"),
    "network-overlap",
  ],
  [
    "site inside its own server's tunnels",
    edited("branch-lan: [192.168.50.0/24]", "branch-lan: [§10.66.5.0/25]"),
    "network-overlap",
  ],
  ["site that is another server's tunnel", edited("branch-lan: [192.168.50.0/24]", "branch-lan: [10.66.1.0/24]"), ""],
  ["site in another server's tunnel", edited("branch-lan: [192.168.50.0/24]", "branch-lan: [10.66.1.128/25]"), ""],
  [
    "site around another server's tunnel",
    edited("[10.66.1.0/24, ", "[10.77.1.0/24, ").replace("branch-lan: [192.168.50.0/24]", "branch-lan: [10.77.0.0/16]"),
    "",
  ],
  [
    "one site behind two clients",
    client("subnets: [branch-lan]").replace("branch: { subnets: [branch-lan]", "branch: { subnets: [§branch-lan]"),
    "site-overlap",
  ],
  [
    "overlapping sites",
    edited("shop-lan: [192.168.60.0/24]", "shop-lan: [192.168.50.128/25]")
      .replace("laptop: {}", "laptop: { subnets: [shop-lan] }")
      .replace("[branch-lan], address", "[§branch-lan], address"),
    "site-overlap",
  ],
  [
    "one site twice behind one client",
    edited("subnets: [branch-lan]", "subnets: [branch-lan, §branch-lan]"),
    "duplicate-entry",
  ],
  [
    "two subnets behind one client, one in the other",
    edited("192.168.60.0/24", "192.168.50.128/25").replace("subnets: [branch-lan]", "subnets: [branch-lan, shop-lan]"),
    "",
  ],
  [
    "two subnets behind one client, and half of one behind another",
    edited("192.168.60.0/24", "192.168.50.128/25")
      .replace("subnets: [branch-lan]", "subnets: [branch-lan, shop-lan]")
      .replace("laptop: {}", "laptop: {}\n      extra: { subnets: [shop-lan] }")
      .replace("[branch-lan, shop-lan]", "[§branch-lan, §shop-lan]"),
    "site-overlap site-overlap",
  ],
  [
    "one site behind clients of two interfaces of one server",
    edited(
      "  - profile: lab\n",
      "  - { profile: lab, interface: router/wg5, clients: { b: { subnets: [§branch-lan] } } }\n  - profile: lab\n",
    ),
    "site-overlap",
  ],
  ["one site behind clients of two servers", edited("runner: {}", "runner: { subnets: [branch-lan] }"), ""],
  [
    "half of a site behind a client of another server",
    edited("shop-lan: [192.168.60.0/24]", "shop-lan: [192.168.50.128/25]").replace(
      "runner: {}",
      "runner: { subnets: [shop-lan] }",
    ),
    "",
  ],
  [
    "a site of three, two of them on one server",
    edited("runner: {}", "runner: { subnets: [branch-lan] }, walker: { subnets: [§branch-lan] }"),
    "site-overlap",
  ],
  [
    "a site behind a client of nobody knows which server",
    edited("interface: nas/wg1", "interface: §wg1").replace("runner: {}", "runner: { subnets: [branch-lan] }"),
    "bad-path",
  ],
  ["server in its own client's site", client("subnets: [§lan]"), "address-in-site"],
  [
    "site that is half of the network of its server",
    edited("branch-lan: [192.168.50.0/24]", "branch-lan: [192.168.1.128/25]").replace(
      "subnets: [branch-lan]",
      "subnets: [§branch-lan]",
    ),
    "site-in-lan",
  ],
  [
    "half of the network of its server, with the server in it: one cause, one problem",
    edited("branch-lan: [192.168.50.0/24]", "branch-lan: [192.168.1.0/25]").replace(
      "subnets: [branch-lan]",
      "subnets: [§branch-lan]",
    ),
    "address-in-site",
  ],
  [
    "both halves: each is refused for its own reason",
    edited("branch-lan: [192.168.50.0/24]", "branch-lan: [192.168.1.0/25, 192.168.1.128/25]").replace(
      "subnets: [branch-lan]",
      "subnets: [§branch-lan]",
    ),
    "address-in-site+site-in-lan",
  ],
  [
    "site in a range of networks, one of which is that of its server",
    edited("shop-lan: [192.168.60.0/24]", "shop-lan: [192.168.0.0/16]"),
    "",
  ],
  ["two sites, two clients", client("subnets: [shop-lan]"), ""],

  // hazards
  ["endpoint in its own tunnel", edited("vpn.example.net", "§10.66.0.9"), "address-in-tunnel"],
  ["endpoint in another tunnel", edited("vpn.example.net", "§10.66.1.9"), "address-in-tunnel"],
  ["address in a tunnel", edited("address: 192.168.1.2", "address: §10.66.0.2"), "address-in-tunnel"],
  ["endpoint in a reached subnet", edited("profile: lab", "profile: §media"), "endpoint-in-route"],
  [
    "the same through a plain target",
    edited("lab: { reach: [self] }", "lab: { reach: [self, lan] }").replace("profile: lab", "profile: §lab"),
    "endpoint-in-route",
  ],
  [
    "endpoint of a family that the tunnel does not carry",
    edited("address: 192.168.1.2", "address: 192.168.1.2\n    endpoint: 'fd00:1::2'")
      .replace('[10.66.1.0/24, "fd00:66:1::/64"]', "[10.66.1.0/24]")
      .replace("profile: lab", "profile: media"),
    "",
  ],
  [
    "IPv4 endpoint of an IPv6 tunnel",
    edited('[10.66.1.0/24, "fd00:66:1::/64"]', '["fd00:66:1::/64"]').replace("profile: lab", "profile: media"),
    "",
  ],
  [
    "endpoint of the one family that the tunnel carries",
    edited("address: 192.168.1.2", "address: 192.168.1.2\n    endpoint: 'fd00:1::2'")
      .replace('[10.66.1.0/24, "fd00:66:1::/64"]', '["fd00:66:1::/64"]')
      .replace("profile: lab", "profile: §media"),
    "endpoint-in-route",
  ],
  [
    "a binding without clients sends nothing anywhere",
    edited("  - profile: lab\n", "  - { profile: media, interface: nas/wg1, clients: {} }\n  - profile: lab\n"),
    "",
  ],
  [
    "clients with faulty names are clients",
    edited(
      "  - profile: lab\n",
      "  - { profile: §media, interface: nas/wg1, clients: { §Tv: {} } }\n  - profile: lab\n",
    ),
    "endpoint-in-route bad-name",
  ],
  ["a full tunnel pins its endpoint", edited("profile: lab", "profile: admin"), ""],
  ["endpoint outside what is reached", edited("lab: { reach: [self] }", "lab: { reach: [self, shop-lan] }"), ""],
  [
    "a DNS name is not judged",
    edited("address: 192.168.1.2", "address: 192.168.1.2\n    endpoint: nas.example.net").replace(
      "profile: lab",
      "profile: media",
    ),
    "",
  ],

  // addresses of clients
  ["address outside", client("address: §10.66.1.9"), "address-outside"],
  ["IPv6 address outside", client('address: §"fd00:66:1::9"'), "address-outside"],
  ["address of the server", client("address: §10.66.0.1"), "address-unusable"],
  ["IPv6 address of the server", client('address: §"fd00:66::1"'), "address-unusable"],
  ["address of the network", client("address: §10.66.0.0"), "address-unusable"],
  ["anycast address", client('address: §"fd00:66::"'), "address-unusable"],
  ["broadcast address", client("address: §10.66.0.255"), "address-unusable"],
  ["host number beyond the IPv4 network", client('address: §"fd00:66::1:0"'), "address-unusable"],
  [
    "two clients with one address",
    client("address: 10.66.0.20").replace(
      "address: 10.66.0.20 }\n  - profile: lab",
      "address: §10.66.0.20 }\n  - profile: lab",
    ),
    "duplicate-address",
  ],
  [
    "one host number in two families",
    client('address: "fd00:66::14"').replace("address: 10.66.0.20", "address: §10.66.0.20"),
    "duplicate-address",
  ],
  ["link-local address", client('address: §"fe80::1"'), "address-outside"],
  ["no address", client("address: §10.66.0"), "bad-address"],
  [
    "room for one",
    edited("[10.66.0.0/24,", "[§10.66.0.16/30,").replace(", address: 10.66.0.20", ""),
    "network-exhausted",
  ],
  [
    "one client too many",
    edited('[10.66.0.0/24, "fd00:66::/64"]', '[§"fd00:66::/126"]').replace(
      "subnets: [branch-lan], address: 10.66.0.20",
      "",
    ),
    "network-exhausted",
  ],
  [
    "room for exactly these",
    edited('[10.66.0.0/24, "fd00:66::/64"]', '["fd00:66::/126"]').replace(
      "branch: { subnets: [branch-lan], address: 10.66.0.20 }",
      "",
    ),
    "",
  ],

  // one door for two servers
  [
    "two servers at one endpoint and port",
    edited("port: 51821", "port: §51820").replace("192.168.1.2\n", "192.168.1.2\n    endpoint: VPN.example.net\n"),
    "duplicate-port",
  ],
  [
    "an endpoint that is the address of a server further down, which has every right to it",
    edited("endpoint: vpn.example.net", "endpoint: §192.168.1.2").replace("port: 51821", "port: 51825"),
    "duplicate-port",
  ],
  [
    "an endpoint where another server listens that has a name",
    edited("port: 51821", "port: §51820").replace("192.168.1.2\n", "192.168.1.2\n    endpoint: 192.168.1.1\n"),
    "duplicate-port",
  ],
  [
    "an endpoint that is the address of a server further down, and also its endpoint",
    edited("endpoint: vpn.example.net", "endpoint: §192.168.1.2")
      .replace("port: 51821", "port: 51825")
      .replace("address: 192.168.1.2", "address: 192.168.1.2\n    endpoint: 192.168.1.2"),
    "duplicate-port",
  ],
  ["two servers behind one address, by port", edited("vpn.example.net", "192.168.1.2"), ""],
  [
    "an endpoint that was refused is nobody's",
    edited("port: 51821", "port: 51820").replace("192.168.1.2\n", "192.168.1.2\n    endpoint: §[x]\n"),
    "wrong-type",
  ],
  [
    "one address for two servers is not called a clash of ports too",
    edited("    endpoint: vpn.example.net\n", "")
      .replace("address: 192.168.1.2", "address: §192.168.1.1")
      .replace("port: 51821", "port: 51820"),
    "duplicate-address",
  ],
  [
    "an endpoint that was refused may be outside what is reached",
    edited("address: 192.168.1.2", "address: 192.168.1.2\n    endpoint: §198.51.100.300").replace(
      "profile: lab",
      "profile: media",
    ),
    "bad-endpoint",
  ],
  [
    "so may one whose key is misspelt",
    edited("address: 192.168.1.2", "address: 192.168.1.2\n    §endpont: 198.51.100.3").replace(
      "profile: lab",
      "profile: media",
    ),
    "unknown-key",
  ],

  // repeats
  [
    "one network twice in a subnet",
    edited("[192.168.60.0/24]", "[192.168.60.0/24, §192.168.60.0/24]"),
    "duplicate-entry",
  ],
  [
    "one IPv6 network in two spellings",
    edited("[192.168.60.0/24]", '["fd00:60::/64", §"FD00:060:0::/64"]'),
    "duplicate-entry",
  ],
  ["one target twice", edited("reach: [self] }", "reach: [self, §self] }"), "duplicate-entry"],
  [
    "one port twice",
    edited("reach: [self] }", "reach: [{ to: self, ports: [tcp/1-9, icmp, §tcp/1-9] }] }"),
    "duplicate-entry",
  ],
  ["one target twice, as a mapping", edited("reach: [self] }", "reach: [self, §{ to: self }] }"), "duplicate-entry"],
  [
    "one target and its ports twice, in any order",
    edited(
      "udp/5000-5010, icmp] }] }",
      "udp/5000-5010, icmp] }, §{ ports: [icmp, udp/5000-5010, tcp/443], to: lan }] }",
    ),
    "duplicate-entry",
  ],
  ["one target with other ports", edited("icmp] }] }", "icmp] }, { to: lan, ports: [tcp/22] }] }"), ""],
  [
    "ports that were refused may be others",
    edited("lab: { reach: [self] }", "lab: { reach: [self, { to: self, §port: [tcp/22] }, { to: self, ports: §[] }] }"),
    "unknown-key empty-list",
  ],
  [
    "one unknown subnet of a client twice",
    client("subnets: [§nope, §nope]"),
    "unknown-subnet duplicate-entry+unknown-subnet",
  ],
  [
    "one expectation twice",
    edited("expect:\n", "expect:\n  - { from: nas/wg1/runner, to: self, verdict: allow }\n").replace(
      "  - { from: nas/wg1/runner, to: self, verdict: allow }\n  - { from: nas/wg1/runner, to: r",
      "  - §{ verdict: allow, to: self, from: nas/wg1/runner }\n  - { from: nas/wg1/runner, to: r",
    ),
    "duplicate-entry",
  ],
  [
    "an expectation whose port was refused may be another",
    edited("expect:\n", "expect:\n  - { from: nas/wg1/runner, to: self, port: §tcp/0, verdict: allow }\n"),
    "bad-ports",
  ],

  // families of sites
  [
    "an IPv6 site behind a client of an IPv4 interface",
    edited('[10.66.0.0/24, "fd00:66::/64"]', "[10.66.0.0/24]")
      .replace("[192.168.50.0/24]", '["fd00:50::/64"]')
      .replace("[branch-lan], address", "[§branch-lan], address"),
    "site-family",
  ],
  [
    "an IPv4 site behind a client of an IPv6 interface",
    edited('[10.66.0.0/24, "fd00:66::/64"]', '["fd00:66::/64"]')
      .replace("address: 10.66.0.20", 'address: "fd00:66::20"')
      .replace("[branch-lan], address", "[§branch-lan], address"),
    "site-family",
  ],
  [
    "a network that was refused may have been of that family",
    edited('"fd00:66::/64"', "§fd00:66/64").replace("[192.168.50.0/24]", '["fd00:50::/64"]'),
    "bad-network",
  ],

  // references
  [
    "unknown subnet in a profile",
    edited("reach: [lan, internet, self]", "reach: [§lna, internet, self]"),
    "unknown-subnet",
  ],
  ["unknown subnet in a mapping", edited("to: lan, ports", "to: §wan, ports"), "unknown-subnet"],
  ["unknown subnet of a client", client("subnets: [§nope]"), "unknown-subnet"],
  ["self is no site", client("subnets: [§self]"), "unknown-subnet"],
  ["unknown profile", edited("profile: lab", "profile: §lob"), "unknown-profile"],
  [
    "unknown server",
    edited("interface: nas/wg1", "interface: §nsa/wg1").replace(
      "  - { from: nas/wg1/runner, to: self, verdict: allow }\n  - { from: nas/wg1/runner, to: router/wg0/laptop, verdict: deny }\n",
      "",
    ),
    "unknown-server",
  ],
  [
    "unknown interface",
    edited("interface: nas/wg1", "interface: §nas/wg2").replace(
      "from: nas/wg1/runner, to: router/wg0/laptop",
      "from: §nas/wg1/walker, to: router/wg0/laptop",
    ),
    "unknown-interface unknown-client",
  ],
  [
    "a name that is none may be the client that is asked about",
    edited("      laptop: {}", "      §Laptop: {}").replace(
      "from: nas/wg1/runner, to: self",
      "from: §nas/wg1/runer, to: self",
    ),
    "bad-name unknown-client",
  ],
  [
    "a profile, a subnet, a server or an interface whose name is none may be the one that is meant",
    edited("  lab: {", "  §Lab: {")
      .replace("  lan: [192", "  §LAN: [192")
      .replace("      wg1: {", "      §WG1: {")
      .replace("  router:\n", "  §Router:\n"),
    "bad-name bad-name bad-name bad-name",
  ],
  [
    "a name that is none, of an interface that is none, may be any client",
    edited(
      "    interface: nas/wg1\n    clients: { runner: {} }",
      "    interface: §nas/wg2\n    clients: { §Runner: {} }",
    ),
    "unknown-interface bad-name",
  ],
  ["unknown client", edited("from: router/wg0/laptop", "from: §router/wg0/lptop"), "unknown-client"],
  ["unknown target", edited("to: router/wg0/laptop", "to: §router/wg0/tv"), "unknown-client"],
  ["unknown server in an expectation", edited("from: router/wg0/laptop", "from: §rooter/wg0/laptop"), "unknown-server"],
  [
    "unknown interface in an expectation",
    edited("from: router/wg0/laptop", "from: §router/wg9/laptop"),
    "unknown-interface",
  ],
  [
    "no subnets at all",
    edited(/subnets:\n.*\n.*\n.*\n/.exec(edited(WG5, WG5))?.[0] ?? "", "")
      .replaceAll("reach: [lan,", "reach: [§lan,")
      .replace("to: lan,", "to: §lan,")
      .replace("subnets: [branch-lan]", "subnets: [§branch-lan]"),
    "unknown-subnet unknown-subnet unknown-subnet",
  ],
])("%s", (_, marked, codes) => {
  expectMarked(marked, codes);
});

const hintOf = (text: string): string | undefined => load(text).problems[0]?.hint;

test.each([
  ["internett", 'did you mean "internet"?'],
  ["slef", 'did you mean "self"?'],
  ["peer", 'did you mean "peers"?'],
  ["lam", 'did you mean "lan"?'],
  ["nowhere", "declared here: lan, branch-lan, shop-lan"],
])("a target %s gets the hint: %s", (target, hint) => {
  expect(hintOf(edited("reach: [self]", `reach: [self, ${target}]`))).toBe(hint);
});

test("a network without room for a client is too small, and not exhausted as well", () => {
  for (const network of ["10.66.0.0/31", "10.66.0.1/32", '"fd00:66::1/128"']) {
    const text = edited('[10.66.0.0/24, "fd00:66::/64"]', `[§${network}]`).replace(
      "subnets: [branch-lan], address: 10.66.0.20",
      "",
    );
    expectMarked(text, "network-too-small");
  }
  const one = edited("[10.66.0.0/24,", "[10.66.0.16/30,").replace(", address: 10.66.0.20", "");
  expect(load(one).problems[0]?.message).toContain("has room for 1 client, and 3 are");
});

test.each([
  [
    "faults of all kinds are found in one go, in file order",
    edited("address: 192.168.1.1", "address: §192.168.1.300")
      .replace("port: 51825", "port: §70000")
      .replace("[10.66.5.0/24]", "[§10.66.0.0/25]")
      .replace("profile: lab", "profile: §lob")
      .replace("reach: [lan,", "reach: [§lna,")
      .replace("branch: {", "§Branch: {")
      .replace("verdict: deny", "verdict: §denied"),
    "bad-address out-of-range network-overlap unknown-subnet bad-name unknown-profile bad-value",
  ],
  [
    "what a fault hides is not called unknown",
    edited("interface: nas/wg1", "interface: §wg1").replace("wg5: { port: 51825", "§WG5: { port: 51825"),
    "bad-name bad-path",
  ],
  [
    "a refused section is not called empty",
    edited(LAN, "lan: §!x [192.168.1.0/24]").replace("subnets:\n", "subnets: §&s\n"),
    "anchor tag",
  ],
  [
    "a binding that is none may have had any client",
    edited("  - profile: lab\n    interface: nas/wg1\n    clients: { runner: {} }\n", "  - §5\n"),
    "wrong-type",
  ],
  [
    "servers that are misspelt are not called missing",
    edited("version: 1\nservers:", "§version: 1\n§server:"),
    "missing-key unknown-key",
  ],
  ["nor are subnets", edited("subnets:\n", "§subnet:\n"), "unknown-key"],
  ["nor profiles", edited("profiles:", "§profile:"), "unknown-key"],
  ["nor bindings, or what they hold", edited("bindings:", "§binding:"), "unknown-key"],
  [
    "nor interfaces",
    edited("  nas:\n    address: 192.168.1.2\n    i", "  §nas:\n    address: 192.168.1.2\n    §I"),
    "missing-key unknown-key",
  ],
  [
    "nor clients",
    edited("  - profile: lab\n    interface: nas/wg1\n    c", "  - §profile: lab\n    interface: nas/wg1\n    §C"),
    "missing-key unknown-key",
  ],
  [
    "nor interfaces that are missing",
    edited('    interfaces:\n      wg1: { port: 51821, network: [10.66.1.0/24, "fd00:66:1::/64"] }\n', "").replace(
      "  nas:",
      "  §nas:",
    ),
    "missing-key",
  ],
  [
    "nor interfaces that are nothing",
    edited('interfaces:\n      wg1: { port: 51821, network: [10.66.1.0/24, "fd00:66:1::/64"] }', "§interfaces:"),
    "wrong-type",
  ],
  [
    "nor those of a server that is nothing",
    edited(
      '  nas:\n    address: 192.168.1.2\n    interfaces:\n      wg1: { port: 51821, network: [10.66.1.0/24, "fd00:66:1::/64"] }\n',
      "  §nas:\n",
    ),
    "wrong-type",
  ],
  [
    "what is missing elsewhere excuses nothing",
    edited("interface: nas/wg1", "interface: §nas/wg2")
      .replace("    address: 192.168.1.2\n", "")
      .replace("  nas:", "  §nas:")
      .replaceAll("from: nas/wg1/runner", "from: §nas/wg1/walker"),
    "missing-key unknown-interface unknown-client unknown-client",
  ],
  [
    "a misspelt field elsewhere excuses nothing",
    edited("profile: lab", "profile: §lob").replace("laptop: {}", "laptop: { §epcoh: 1 }"),
    "unknown-key unknown-profile",
  ],
  ["an alias for a value is not called missing", edited("port: 51825", "port: §*p"), "alias"],
  ["an alias for an entry is not called missing", edited("reach: [lan, internet", "reach: [§*x, internet"), "alias"],
  ["an alias for a section says nothing about its names", edited("subnets: [branch-lan]", "subnets: §*x"), "alias"],
])("%s", (_, marked, codes) => {
  expectMarked(marked, codes);
});

test.each([
  [
    "of IPv6 alone",
    '["fd00:66::/64"]',
    "is too high: hosts of fd00:66::/64 are numbered up to fd00:66::1f:ffff:ffff:ffff",
  ],
  [
    "of both families",
    '["fd00:66::/64", 10.66.0.0/24]',
    "is host 1311768467463790320, and 10.66.0.0/24 ends at 254: the number counts for both families",
  ],
])("an address beyond the last numbered host, %s", (_, networks, said) => {
  const text = edited('[10.66.0.0/24, "fd00:66::/64"]', networks)
    .replace("laptop: {}", 'laptop: { address: "fd00:66::1234:5678:9abc:def0" }')
    .replace("subnets: [branch-lan], address: 10.66.0.20", "");
  const message = `fd00:66::1234:5678:9abc:def0 ${said}`;
  expect(load(text).problems).toMatchObject([{ message, hint: "choose a lower one, or leave it out" }]);
});

test.each([
  ["its own tunnel", edited("vpn.example.net", "10.66.5.9"), "a server is dialled from outside its tunnels"],
  [
    "another server's tunnel",
    edited("address: 192.168.1.2", "address: 10.66.5.9"),
    "name one outside every tunnel: the way to a server must not hang on another server, which the same up changes",
  ],
])("a server in %s is told why it can't be there", (_, text, hint) => {
  expect(load(text).problems).toMatchObject([{ code: "address-in-tunnel", hint }]);
});

test("who is dialled at another's address and port is told who listens there", () => {
  const text = edited("endpoint: vpn.example.net", "endpoint: 192.168.1.2").replace("port: 51821", "port: 51825");
  const message = "192.168.1.2 port 51825 leads to nas/wg1 (line 12) already";
  expect(load(text).problems).toMatchObject([{ path: "servers.router.endpoint", message }]);
});

test("expectations are judged beside a faulty address, and not beside a name that only looks like one", () => {
  const address = edited("laptop: {}", "laptop: {}\n      extra: { address: x }");
  expect(load(address).judgeable?.expectations).toHaveLength(3);
  const name = edited("laptop: {}", "laptop: {}\n      a.address: { subnets: [shop-lan] }");
  expect(load(name)).toMatchObject({ problems: [{ code: "bad-name" }] });
  expect(load(name).judgeable).toBeUndefined();
});

test("beside a faulty address of a client it is told that a number is missing, and beside nothing else", () => {
  const isMissing = (fields: string) =>
    load(edited("laptop: {}", `laptop: {}\n      extra: { ${fields} }`)).isNumberMissing;
  for (const address of ["10.66.0.9/32", "10.66.9.9", "10.66.0.1", "10.66.0.20"]) {
    expect(isMissing(`address: ${address}`)).toBe(true);
  }
  for (const fields of ["address: 10.66.0.9", "epoch: 0", "address: 10.66.0.9, publicKey: x"]) {
    expect(isMissing(fields)).toBeUndefined();
  }
});
