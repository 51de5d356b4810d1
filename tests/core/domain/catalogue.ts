import { CLEAN, edited } from "./marked.ts";

/** One code, the piece of a file that earns it, and the file around that piece. */
export interface Specimen {
  readonly code: string;
  /** What the documentation shows. */
  readonly shown: string;
  readonly text: string;
  /** The lock beside it; none when left out. */
  readonly lock?: string;
  /** A file to read in place of the text. */
  readonly file?: string;
}

/** `shown` in place of `find` in the clean file. */
function instead(code: string, find: string, shown: string): Specimen {
  return { code, shown, text: edited(find, shown) };
}

/** `shown` as one more client of router/wg0. */
function client(code: string, shown: string): Specimen {
  return { code, shown, text: edited("laptop: {}", `laptop: {}\n      ${shown}`) };
}

/** `shown` as an entry of the lock, beside others. */
function locked(code: string, shown: string, before = "", text = CLEAN): Specimen {
  return { code, shown, text, lock: `version: 1\nhosts:\n${before}  ${shown}\nreleased: {}\n` };
}

const KEY = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";

/** Every code, by the part of the file it is about. */
export const CATALOGUE: Readonly<Record<string, readonly Specimen[]>> = {
  "The text": [
    {
      code: "unreadable-file",
      shown: "a file that does not exist, a directory, a named pipe, no permission",
      text: "",
      file: "/nowhere/domain.yaml",
    },
    { code: "file-too-large", shown: "a file over 4 MiB", text: "#".repeat(4 * 1024 * 1024 + 1) },
    {
      code: "bad-character",
      shown: "a control, invisible or undecodable character, also in a comment",
      text: "# \u202e",
    },
    { code: "too-deep", shown: "more than 64 lists and mappings in one another", text: "[".repeat(65) },
    {
      code: "too-many-words",
      shown: "more than 500,000 names, values, colons, commas, dashes and brackets",
      text: `[${"[],".repeat(200_000)}]`,
    },
    instead("syntax", "[10.66.5.0/24] }", "[10.66.5.0/24 }"),
    instead("alias", "[self] }", "*other }"),
    instead("anchor", "laptop: {}", "laptop: &a {}"),
    instead("tag", "port: 51825", "port: !!int 51825"),
    instead("merge-key", "laptop: {}", "laptop: { <<: {} }"),
    { code: "directive", shown: "%YAML 1.1", text: `%YAML 1.1\n---\n${edited("version: 1", "version: 1")}` },
    { code: "second-document", shown: "--- (a second time)", text: `${edited("version: 1", "version: 1")}---\n` },
    { code: "complex-key", shown: "[a, b]: {}", text: edited("laptop: {}", "laptop: {}\n      ? [a, b]\n      : {}") },
    {
      code: "duplicate-key",
      shown: "laptop: {} (a second time)",
      text: edited("laptop: {}", "laptop: {}\n      laptop: {}"),
    },
  ],
  "The shape": [
    instead("unknown-key", "endpoint: vpn", "Endpoint: vpn"),
    instead("missing-key", "{ port: 51825, network: [10.66.5.0/24] }", "{ port: 51825 }"),
    instead("wrong-type", "port: 51825", "port: 0x16"),
    instead("bad-value", "verdict: deny", "verdict: denied"),
    instead("out-of-range", "port: 51825", "port: 65536"),
    instead("empty-list", "lab: { reach: [self] }", "lab: { reach: [] }"),
    client("secret-in-file", "tv: { privateKey: … }"),
    {
      code: "more-problems",
      shown: "more than 10,000 problems of shape in one list or mapping",
      text: `${CLEAN}${"  - {}\n".repeat(4000)}`,
    },
  ],
  "Names and values": [
    client("bad-name", "Living-Room: {}"),
    instead("reserved-name", "shop-lan: [192.168.60.0/24]", "self: [192.168.60.0/24]"),
    instead("bad-path", "interface: nas/wg1", "interface: wg1"),
    instead("bad-address", "address: 192.168.1.2", "address: 010.0.0.1"),
    instead("special-address", "address: 192.168.1.2", "address: 127.0.0.1"),
    instead("bad-network", "network: [10.66.5.0/24]", "network: [10.66.5.0/33]"),
    instead("host-bits", "network: [10.66.5.0/24]", "network: [10.1.2.3/8]"),
    instead("special-network", "network: [10.66.5.0/24]", "network: [224.0.0.0/24]"),
    instead("default-route", "lan: [192.168.1.0/24,", "lan: [0.0.0.0/0,"),
    instead("bad-endpoint", "endpoint: vpn.example.net", "endpoint: vpn.example.net:51820"),
    instead("bad-ports", "ports: [tcp/443,", "ports: [https,"),
    instead("reversed-range", "ports: [tcp/443,", "ports: [tcp/443-80,"),
    instead("icmp-port", "ports: [tcp/443,", "ports: [icmp/8,"),
    instead("bad-target", "to: 192.168.1.10", "to: 192.168.1.0/24"),
    client("key-syntax", `tv: { publicKey: "${KEY.slice(0, 43)}" }`),
    client("key-non-canonical", `tv: { publicKey: "${KEY.replace("o=", "p=")}" }`),
    client("key-low-order", `tv: { publicKey: "AQ${"A".repeat(41)}=" }`),
    client("key-all-zero", `tv: { publicKey: "${"A".repeat(43)}=" }`),
    {
      code: "private-key",
      shown: "publicKey: (what wg genkey printed)",
      text: edited("laptop: {}", 'laptop: { publicKey: "qGVxQKj7Z2wNqF1z0cNvJ8WlYp3Yq4xRkU5sT2bVd0E=" }'),
    },
  ],
  References: [
    instead("unknown-server", "to: router/wg0/laptop", "to: rooter/wg0/laptop"),
    instead("unknown-interface", "to: router/wg0/laptop", "to: router/wg9/laptop"),
    instead("unknown-client", "to: router/wg0/laptop", "to: router/wg0/lptop"),
    instead("unknown-profile", "profile: lab", "profile: lob"),
    instead("unknown-subnet", "reach: [lan,", "reach: [lna,"),
  ],
  "One thing, one use": [
    instead("duplicate-port", "port: 51825", "port: 51820"),
    instead("duplicate-address", "address: 192.168.1.2", "address: 192.168.1.1"),
    instead("duplicate-binding", "profile: lab\n    interface: nas/wg1", "profile: admin\n    interface: router/wg0"),
    instead(
      "duplicate-client",
      "profile: lab\n    interface: nas/wg1\n    clients: { runner: {} }",
      "profile: lab\n    interface: router/wg0\n    clients: { laptop: {} }",
    ),
    instead("duplicate-entry", "reach: [self]", "reach: [self, self]"),
    client("duplicate-key-pair", `tv: { publicKey: "${KEY}" }`),
    client("useless-epoch", `tv: { publicKey: "UKYUCbHd0DJemxa3AOcZ6XcsBwALG9d4bpB8ZT0gSV0=", epoch: 2 }`),
  ],
  "Networks and addresses": [
    instead("network-overlap", "network: [10.66.5.0/24]", "network: [10.66.0.128/25]"),
    instead("too-many-networks", "network: [10.66.5.0/24]", "network: [10.66.5.0/24, 10.66.6.0/24]"),
    instead("network-too-small", "network: [10.66.5.0/24]", "network: [10.66.5.0/31]"),
    instead("network-exhausted", "network: [10.66.0.0/24,", "network: [10.66.0.16/30,"),
    client("address-outside", "tv: { address: 10.99.0.9 }"),
    client("address-unusable", "tv: { address: 10.66.0.1 }"),
    client("site-overlap", "tv: { subnets: [branch-lan] }"),
    instead("site-family", 'network: [10.66.0.0/24, "fd00:66::/64"]', 'network: ["fd00:66::/64"]'),
    client("address-in-site", "tv: { subnets: [lan] }"),
    instead("site-in-lan", "branch-lan: [192.168.50.0/24]", "branch-lan: [192.168.1.128/25]"),
    instead("address-in-tunnel", "endpoint: vpn.example.net", "endpoint: 10.66.0.9"),
    instead("endpoint-in-route", "profile: lab", "profile: media"),
  ],
  "Policy and lock": [
    instead("expectation", "to: self, verdict: allow", "to: self, verdict: deny"),
    locked("address-taken", "router/wg0/laptop: 20"),
    locked("lock-outside", "router/wg0/laptop: 255"),
    { code: "lock-version", shown: "version: 2", text: CLEAN, lock: "version: 2\nhosts: {}\n" },
    { code: "lock-cut", shown: "hosts:", text: CLEAN, lock: "version: 1\nhosts:\n" },
    locked("lock-syntax", "router/wg0/laptop: two"),
    locked("lock-range", "router/wg0/laptop: 1"),
    locked("lock-duplicate", "router/wg0/phone: 2", "  router/wg0/laptop: 2\n"),
  ],
};
