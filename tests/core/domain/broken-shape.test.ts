import { load } from "../../../core/domain/load.ts";
import { edited, expectMarked } from "./marked.ts";

const PORT = "port: 51825";
const NETWORK = "[10.66.5.0/24]";
const ENDPOINT = "vpn.example.net";
const PORTS = "[tcp/443, udp/5000-5010, icmp]";
const KEY = '"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="';

test.each([
  ["022", "wrong-type"],
  ["0x16", "wrong-type"],
  ["0o17", "wrong-type"],
  ["1e3", "wrong-type"],
  ["1.5", "wrong-type"],
  ["51820.0", "wrong-type"],
  [".inf", "wrong-type"],
  [".nan", "wrong-type"],
  ["22:22", "wrong-type"],
  ["51_820", "wrong-type"],
  ["+51820", "wrong-type"],
  ['"51820"', "wrong-type"],
  ['"51820 "', "wrong-type"],
  ["099999999999999999999", "wrong-type"],
  ["true", "wrong-type"],
  ["[51820]", "wrong-type"],
  ["null", "wrong-type"],
  ["-1", "out-of-range"],
  ["0", "out-of-range"],
  ["65536", "out-of-range"],
  ["9007199254740993", "out-of-range"],
  ["99999999999999999999", "out-of-range"],
  ["-99999999999999999999", "out-of-range"],
])("a port is a plain decimal number from 1 to 65535, so not %s", (text, code) => {
  expectMarked(edited(PORT, `port: §${text}`), code);
});

test.each([
  ["10.66.5.1/24", "host-bits"],
  ["10.1.2.3/8", "host-bits"],
  ['"fd00:66:5::1/64"', "host-bits"],
  ["10.66.5.0/33", "bad-network"],
  ['"fd00:66:5::/129"', "bad-network"],
  ["10.66.5.0/-1", "bad-network"],
  ["10.66.5.0/08", "bad-network"],
  ["10.66.5.0/", "bad-network"],
  ["10.66.5.0", "bad-network"],
  ["010.66.5.0/24", "bad-network"],
  ["10.66/16", "bad-network"],
  ["0x0a420500/24", "bad-network"],
  ["172097792/24", "bad-network"],
  ['"10.66.5.0/24 "', "bad-network"],
  ['"１０.66.5.0/24"', "bad-network"],
  ['"fe80::%eth0/64"', "bad-network"],
  ['"::ffff:10.66.5.0/120"', "bad-network"],
  ["lan", "bad-network"],
  ["10", "wrong-type"],
  ["{}", "wrong-type"],
  ["0.0.0.0/0", "default-route"],
  ['"::/0"', "default-route"],
  ["128.0.0.0/1", "default-route"],
  ['"2000::/3"', "default-route"],
  ['"2000::/4"', "default-route"],
  ['"3000::/4"', "default-route"],
  ['"::/2"', "default-route"],
  ["127.0.0.0/24", "special-network"],
  ["169.254.0.0/16", "special-network"],
  ["224.0.0.0/24", "special-network"],
  ["240.0.0.0/24", "special-network"],
  ["0.0.0.0/24", "special-network"],
  ['"fe80::/64"', "special-network"],
  ['"ff02::/64"', "special-network"],
  ["10.66.5.0/31", "network-too-small"],
  ["10.66.5.0/32", "network-too-small"],
  ['"fd00:66:5::/127"', "network-too-small"],
])("a tunnel network can't be %s", (text, code) => {
  expectMarked(edited(NETWORK, `[§${text}]`), code);
});

test.each([
  ['""', "bad-endpoint"],
  ["-x.example.net", "bad-endpoint"],
  ["x-.example.net", "bad-endpoint"],
  ["vpn.example.net.", "bad-endpoint"],
  ["a..b", "bad-endpoint"],
  ["vpn.example.net:51820", "bad-endpoint"],
  ['"[2001:db8::1]"', "bad-endpoint"],
  ['"[2001:db8::1]:51820"', "bad-endpoint"],
  ["12345.", "bad-endpoint"],
  ["10.1", "bad-endpoint"],
  ["010.0.0.1", "bad-endpoint"],
  ["0x7f000001", "bad-endpoint"],
  ["127.0X1", "bad-endpoint"],
  ["1.0x", "bad-endpoint"],
  ["bücher.example", "bad-endpoint"],
  [`${"g".repeat(64)}.example`, "bad-endpoint"],
  [`${"a.".repeat(127)}example`, "bad-endpoint"],
  ["$(touch-x).example", "bad-endpoint"],
  ["'`id`'", "bad-endpoint"],
  ['"vpn.example.net; reboot"', "bad-endpoint"],
  ['"vpn.example.net\\nPostUp = id"', "bad-endpoint"],
  ["vpn_1.example.net", "bad-endpoint"],
  ["127.0.0.1", "special-address"],
  ["localhost", "special-address"],
  ["vpn.LocalHost", "special-address"],
  ["0.0.0.0", "special-address"],
  ["224.0.0.1", "special-address"],
  ['"fe80::1"', "special-address"],
  ["12345", "wrong-type"],
  ["null", "wrong-type"],
  ["[vpn.example.net]", "wrong-type"],
])("an endpoint can't be %s", (text, code) => {
  expectMarked(edited(ENDPOINT, `§${text}`), code);
});

test.each([
  ["198.51.100.1"],
  ['"2001:db8::1"'],
  ["VPN.Example.NET"],
  ["router"],
  ["xn--bcher-kva.example"],
  ["1.example"],
  ["0x1.example"],
  ["localhost.example"],
])("an endpoint may be %s", (text) => {
  expectMarked(edited(ENDPOINT, text), "");
});

test.each([
  "Laptop",
  "-x",
  "a_b",
  "a.b",
  "a/b",
  "'..'",
  "'*'",
  "'%i'",
  "'a b'",
  "'$(touch X)'",
  "'`id`'",
  "'; reboot'",
  "'a|b'",
  '"a\\nPostUp = id"',
  "'[Peer]'",
  "'#'",
  "'\"'",
  '"\\e[31m"',
  '"\\u202e"',
  "a".repeat(32),
  "ä",
  "''",
])("a client can't be named %s", (name) => {
  expectMarked(edited("laptop: {}", `laptop: {}\n      §${name}: {}`), "bad-name");
});

test.each([
  ["a".repeat(16), "bad-name"],
  ["wg_1", "bad-name"],
  ["all", "reserved-name"],
  ["default", "reserved-name"],
  ["lo", "reserved-name"],
  ["interfaces", "reserved-name"],
  ["dev", "reserved-name"],
])("an interface can't be named %s", (name, code) => {
  expectMarked(edited(`wg5: { ${PORT}`, `§${name}: { ${PORT}`), code);
});

test.each(["self", "peers", "internet"])("a subnet can't be named %s", (name) => {
  expectMarked(edited("shop-lan:", `§${name}:`), "reserved-name");
});

test.each([
  ["tcp", "bad-ports"],
  ["tcp/0", "bad-ports"],
  ["tcp/65536", "bad-ports"],
  ["tcp/022", "bad-ports"],
  ["sctp/1", "bad-ports"],
  ["300/1", "bad-ports"],
  ["443", "wrong-type"],
  ["tcp/443-80", "reversed-range"],
  ["icmp/8", "icmp-port"],
])("ports can't be %s", (text, code) => {
  expectMarked(edited(PORTS, `[icmp, §${text}]`), code);
  expectMarked(edited("port: tcp/22", `port: §${text}`), code);
});

test.each([
  ["43 characters", KEY.replace("=", ""), "key-syntax"],
  ["45 characters", KEY.replace("=", "=="), "key-syntax"],
  ["URL alphabet", '"-_DwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="', "key-syntax"],
  ["a line break", KEY.replace("Wg2", "Wg2\\n"), "key-syntax"],
  ["stray bits", KEY.replace("Tmo=", "Tmp="), "key-non-canonical"],
  ["all zero", `"${"A".repeat(43)}="`, "key-all-zero"],
  ["one", `"AQ${"A".repeat(41)}="`, "key-low-order"],
  ["order 8", '"4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA="', "key-low-order"],
  ["a private key", '"qGVxQKj7Z2wNqF1z0cNvJ8WlYp3Yq4xRkU5sT2bVd0E="', "private-key"],
  ["a number", "5", "wrong-type"],
])("a public key is refused: %s", (_, key, code) => {
  expectMarked(edited(KEY, `§${key}`), code);
});

test.each([
  ["unknown root key", edited("expect:", "§expects: []\nexpect:"), "unknown-key"],
  ["wrong case", edited("endpoint:", "§Endpoint:"), "unknown-key"],
  ["profile in capitals", edited("profiles:", "profiles:\n  §Admin: { reach: [self] }"), "bad-name"],
  ["a client's alowedIPs", edited("laptop: {}", "laptop: { §alowedIPs: [] }"), "unknown-key"],
  ["privateKey", edited("laptop: {}", "laptop: { §privateKey: x }"), "secret-in-file"],
  ["private_key", edited("laptop: {}", "laptop: { §private_key: x }"), "secret-in-file"],
  ["PresharedKey", edited("laptop: {}", "laptop: { §PresharedKey: x }"), "secret-in-file"],
  ["PublicKey", edited("publicKey:", "§PublicKey:"), "unknown-key"],
  ["public_key", edited("publicKey:", "§public_key:"), "unknown-key"],
  [
    "a private key behind a misspelt publicKey",
    edited(`publicKey: ${KEY}`, 'PublicKey: §"qGVxQKj7Z2wNqF1z0cNvJ8WlYp3Yq4xRkU5sT2bVd0E="'),
    "private-key",
  ],
  ["a key in a plain field", edited(ENDPOINT, `§${KEY}`), "secret-in-file"],
  ["a key in hex", edited(ENDPOINT, `§${"0123456789abcdef".repeat(4)}`), "secret-in-file"],
  ["an armoured key", edited(ENDPOINT, '§"-----BEGIN PRIVATE KEY-----"'), "secret-in-file"],
  ["no version", edited("version: 1\n", "").replace("servers:", "§servers:"), "missing-key"],
  ["version as text", edited("version: 1", 'version: §"1"'), "bad-value"],
  ["version 1.0", edited("version: 1", "version: §1.0"), "bad-value"],
  ["version 2", edited("version: 1", "version: §2"), "bad-value"],
  ["server without address", edited("  nas:\n    address: 192.168.1.2\n", "  §nas:\n"), "missing-key"],
  ["interface without port", edited("wg5: { port: 51825, ", "§wg5: { "), "missing-key"],
  [
    "interface without network",
    edited("wg5: { port: 51825, network: [10.66.5.0/24] }", "§wg5: { port: 51825 }"),
    "missing-key",
  ],
  ["address as a number", edited("address: 192.168.1.2", "address: §10"), "wrong-type"],
  ["address with octal", edited("address: 192.168.1.2", "address: §010.0.0.1"), "bad-address"],
  ["address with length", edited("address: 192.168.1.2", "address: §192.168.1.2/32"), "bad-address"],
  ["address in brackets", edited("address: 192.168.1.2", 'address: §"[fd00:1::2]"'), "bad-address"],
  ["loopback as server", edited("address: 192.168.1.2", 'address: §"::1"'), "special-address"],
  ["network as text", edited(NETWORK, "§10.66.5.0/24"), "wrong-type"],
  ["empty network list", edited(NETWORK, "§[]"), "empty-list"],
  ["empty subnet", edited("shop-lan: [192.168.60.0/24]", "shop-lan: §[]"), "empty-list"],
  ["multicast subnet", edited("192.168.60.0/24", "§239.0.0.0/24"), "special-network"],
  ["subnet that is everything", edited("192.168.60.0/24", "§0.0.0.0/0"), "default-route"],
  ["empty profile", edited("lab: { reach: [self] }", "lab: { reach: §[] }"), "empty-list"],
  ["profile that is a list", edited("lab: { reach: [self] }", "lab: §[self]"), "wrong-type"],
  ["reach of nothing", edited("lab: { reach: [self] }", "lab: { reach: [self, §{ ports: [icmp] }] }"), "missing-key"],
  ["reach of a number", edited("lab: { reach: [self] }", "lab: { reach: [self, §5] }"), "wrong-type"],
  ["reach with an unknown key", edited("to: lan, ports:", "to: lan, §port: 1, ports:"), "unknown-key"],
  ["empty ports", edited(PORTS, "§[]"), "empty-list"],
  ["binding that is nothing", edited("expect:", "  -§\nexpect:"), "wrong-type"],
  ["expectation that is nothing, at the end", edited("verdict: deny }\n", "verdict: deny }\n  -§"), "wrong-type"],
  [
    "target that is nothing, inside a list",
    edited("lab: { reach: [self] }", "lab:\n    reach:\n      - self\n      - §# what?\n      - shop-lan"),
    "wrong-type",
  ],
  ["client that is nothing", edited("laptop: {}", "§laptop:"), "wrong-type"],
  ["client that is a list", edited("clients: { runner: {} }", "clients: §[runner]"), "wrong-type"],
  ["epoch 0", edited("laptop: {}", "laptop: { epoch: §0 }"), "out-of-range"],
  ["epoch 1.0", edited("laptop: {}", "laptop: { epoch: §1.0 }"), "wrong-type"],
  ["pskEpoch as text", edited("laptop: {}", 'laptop: { pskEpoch: §"2" }'), "wrong-type"],
  ["binding without profile", edited("  - profile: lab\n    interface", "  - §interface"), "missing-key"],
  ["interface that is no path", edited("interface: nas/wg1", "interface: §wg1"), "bad-path"],
  ["from that is no path", edited("from: router/wg0/laptop", "from: §laptop"), "bad-path"],
  ["to that is a network", edited("to: 192.168.1.10", "to: §192.168.1.0/24"), "bad-target"],
  ["verdict misspelt", edited("to: self, verdict: allow", "to: self, verdict: §Allow"), "bad-value"],
  [
    "expectation without verdict",
    edited("{ from: nas/wg1/runner, to: self, verdict: allow }", "§{ from: nas/wg1/runner, to: self }"),
    "missing-key",
  ],
])("%s", (_, marked, codes) => {
  expectMarked(marked, codes);
});

const noAddress = (text: string): string => `"${text}" is not an address`;
const OWN = "name the host's own address";

const adviceOf = (text: string): string => {
  const { message, hint } = load(text).problems[0] ?? { message: "" };
  return `${message}; ${hint}`;
};

test.each([
  ["a version in quotes", edited("version: 1", 'version: "1"'), '"1" is text here; write 1 without quotes'],
  ["a version with a zero before it", edited("version: 1", "version: 01"), '"01" is not possible here; write 1'],
  [
    "an endpoint in brackets, which are a list",
    edited(ENDPOINT, "[fd00::1]"),
    'expected text, found a list; write "fd00::1", without brackets',
  ],
  [
    "an address in brackets",
    edited("address: 192.168.1.2", "address: [192.168.1.2]"),
    'expected text, found a list; write "192.168.1.2", without brackets',
  ],
  [
    "an endpoint that is a list of no endpoint",
    edited(ENDPOINT, "['vpn.example.net:51820']"),
    "expected text, found a list; undefined",
  ],
  ["another version", edited("version: 1", "version: 2"), "the number 2 is not possible here; write 1"],
  [
    "nothing at all",
    "",
    "expected a mapping, found nothing; begin with version: 1 and servers, as domain.example.yaml does",
  ],
  [
    "a list at the root",
    "- a\n",
    "expected a mapping, found a list; begin with version: 1 and servers, as domain.example.yaml does",
  ],
  [
    "clients as a list",
    edited("clients: { runner: {} }", "clients: [runner, walker, third]"),
    "expected a mapping, found a list; write { runner: {}, walker: {} }",
  ],
  [
    "a profile as a list",
    edited("lab: { reach: [self] }", "lab: [self]"),
    "expected a mapping, found a list; write KEY: VALUE; its keys are reach",
  ],
  [
    "the unspecified address",
    edited("address: 192.168.1.2", "address: 0.0.0.0"),
    '"0.0.0.0" is an unspecified address, which nobody can dial; name the host\'s own address',
  ],
  ["host bits", edited(NETWORK, "[10.66.5.1/24]"), '"10.66.5.1/24" has bits set behind its length; write 10.66.5.0/24'],
  [
    "host bits, with nothing usable beneath",
    edited(NETWORK, "[10.0.0.0/2]"),
    '"10.0.0.0/2" has bits set behind its length; choose a private range',
  ],
  [
    "no length",
    edited(NETWORK, "[10.66.5.0]"),
    '"10.66.5.0" is not a subnet; add its length; 10.66.5.0/30 is the narrowest with room',
  ],
  [
    "no length in a subnet, which may be one address",
    edited("192.168.60.0/24", "192.168.60.7"),
    '"192.168.60.7" is not a subnet; add its length; 192.168.60.7/32 is this one address',
  ],
  [
    "no length, at an address that no subnet can have",
    edited("192.168.60.0/24", "127.0.0.1"),
    '"127.0.0.1" is not a subnet; choose a private range',
  ],
  [
    "a network without room, in the midst of what has some",
    edited(NETWORK, "[10.66.5.2/31]"),
    "10.66.5.2/31 has no room for a server and a client; write 10.66.5.0/30 or wider",
  ],
  [
    "an address in brackets",
    edited("address: 192.168.1.2", 'address: "[fd00::9]"'),
    `${noAddress("[fd00::9]")}; write "fd00::9"`,
  ],
  [
    "an address with a length",
    edited("address: 192.168.1.2", "address: 192.168.1.2/24"),
    `${noAddress("192.168.1.2/24")}; write "192.168.1.2"`,
  ],
  [
    "a loopback address in brackets",
    edited("address: 192.168.1.2", 'address: "[::1]"'),
    `${noAddress("[::1]")}; ${OWN}`,
  ],
  [
    "a loopback address with a length",
    edited("address: 192.168.1.2", "address: 127.0.0.1/8"),
    `${noAddress("127.0.0.1/8")}; ${OWN}`,
  ],
  [
    "a link-local address with a length",
    edited("address: 192.168.1.2", 'address: "fe80::1/64"'),
    `${noAddress("fe80::1/64")}; ${OWN}`,
  ],
  [
    "a client's address with a length",
    edited("address: 10.66.0.20", "address: 10.66.0.20/32"),
    `${noAddress("10.66.0.20/32")}; write "10.66.0.20"`,
  ],
  [
    "a key in capitals beside itself",
    edited("wg5: { port: 51825,", "wg5: { port: 51825, Port: 51825,"),
    '"Port" is not known here; known here: port, network, epoch',
  ],
  [
    "an endpoint with a control character",
    edited(ENDPOINT, '"vpn.example\\e.net"'),
    '"vpn.example\\u001b.net" is neither a host name nor an address; remove the invisible or control characters',
  ],
  [
    "an international endpoint",
    edited(ENDPOINT, "b\u00fccher.example"),
    '"b\\u00fccher.example" is neither a host name nor an address; write international names in their xn-- form',
  ],
  [
    "an endpoint in typographic quotes",
    edited(ENDPOINT, "\u201cvpn.example.net\u201d"),
    '"\\u201cvpn.example.net\\u201d" is neither a host name nor an address; write plain quotes, or none',
  ],
  [
    "a number that is a name in quotes",
    edited("to: lan, ports", "to: 5, ports"),
    'expected text, found the number 5; put it in quotes: "5"',
  ],
  [
    "a port as a number",
    edited(PORTS, "[443]"),
    "expected text, found the number 443; write tcp/443, udp/5000-5010 or icmp",
  ],
  [
    "an expected port as a number",
    edited("port: tcp/22", "port: 22"),
    "expected text, found the number 22; write tcp/443, udp/5000-5010 or icmp",
  ],
  [
    "an endpoint as a number",
    edited(ENDPOINT, "42"),
    "expected text, found the number 42; write one like vpn.example.net, 198.51.100.1 or 2001:db8::1",
  ],
  [
    "an address as a number",
    edited("address: 10.66.0.20", "address: 167772165"),
    "expected text, found the number 167772165; write one like 192.168.1.1 or fd00::1",
  ],
  [
    "a number beyond all limits",
    edited("laptop: {}", "laptop: { epoch: 9007199254740993 }"),
    '"9007199254740993" is out of range; write at most 1000000',
  ],
  [
    "a reach left empty",
    edited("lab: { reach: [self] }", "lab: { reach: }"),
    "expected a list, found nothing; add an entry",
  ],
  [
    "a subnet left empty",
    edited("shop-lan: [192.168.60.0/24]", "shop-lan:"),
    "expected a list, found nothing; add an entry",
  ],
  [
    "subnets of a client left empty",
    edited("laptop: {}", "laptop: { subnets: }"),
    "expected a list, found nothing; add an entry, or leave the key out",
  ],
  [
    "ports left empty",
    edited(PORTS, ""),
    "expected a list, found nothing; add an entry, or leave the key out (that opens every port)",
  ],
  ["no ports", edited(PORTS, "[]"), "the list is empty; add an entry, or leave the key out (that opens every port)"],
  [
    "expectations left empty",
    edited("expect:\n", "expect: # ").replace(/ {2}- \{ from.*\n/g, ""),
    "expected a list, found nothing; write [] for none, or leave the key out",
  ],
  [
    "a client left empty",
    edited("laptop: {}", "laptop:"),
    "expected a mapping, found nothing; write {} for nothing special",
  ],
  ["clients left empty", edited("{ runner: {} }", ""), "expected a mapping, found nothing; write {} for none"],
  [
    "an interface left empty",
    edited("wg5: { port: 51825, network: [10.66.5.0/24] }", "wg5:"),
    "expected a mapping, found nothing; write its keys: port, network",
  ],
  [
    "a profile left empty",
    edited("lab: { reach: [self] }", "lab:"),
    "expected a mapping, found nothing; write its keys: reach",
  ],
  [
    "a binding left empty",
    edited("expect:", "  -\nexpect:"),
    "expected a mapping, found nothing; write its keys: profile, interface, clients",
  ],
  [
    "a target left empty",
    edited("reach: [self]", "reach: [~]"),
    "expected text or a mapping, found nothing; name a subnet, self, peers or internet",
  ],
  [
    "a target that is a number",
    edited("reach: [self]", "reach: [7]"),
    'expected text or a mapping, found the number 7; put it in quotes: "7"',
  ],
  [
    "a target that is a truth value",
    edited("reach: [self]", "reach: [true]"),
    'expected text or a mapping, found the truth value true; put it in quotes: "true"',
  ],
  [
    "a target that is a network",
    edited("reach: [self]", "reach: [10.0.0.0/8]"),
    '"10.0.0.0/8" is not a name; declare 10.0.0.0/8 under subnets and write its name here',
  ],
  [
    "a target that is a network with host bits",
    edited("to: lan, ports", "to: 10.0.0.1/8, ports"),
    '"10.0.0.1/8" is not a name; declare 10.0.0.0/8 under subnets and write its name here',
  ],
  [
    "a target that is an address",
    edited("reach: [self]", "reach: [10.0.0.1]"),
    '"10.0.0.1" is not a name; declare 10.0.0.1/32 under subnets and write its name here',
  ],
  [
    "a target that is everything",
    edited("reach: [self]", "reach: [0.0.0.0/0]"),
    '"0.0.0.0/0" is not a name; let a profile reach internet instead',
  ],
  [
    "host bits, with no room beneath",
    edited(NETWORK, "[10.66.5.5/31]"),
    '"10.66.5.5/31" has bits set behind its length; write 10.66.5.4/30',
  ],
  [
    "host bits in a subnet, which needs no room",
    edited("192.168.60.0/24", "192.168.60.5/31"),
    '"192.168.60.5/31" has bits set behind its length; write 192.168.60.4/31',
  ],
  [
    "a tunnel network that is everything",
    edited(NETWORK, "[0.0.0.0/0]"),
    '"0.0.0.0/0" is (half of) everything; choose a private range for the tunnel',
  ],
  [
    "host bits, with everything beneath",
    edited(NETWORK, "[10.8.4.0/0]"),
    '"10.8.4.0/0" has bits set behind its length; choose a private range for the tunnel',
  ],
  [
    "a subnet that is everything",
    edited("192.168.60.0/24", "0.0.0.0/0"),
    '"0.0.0.0/0" is (half of) everything; let a profile reach internet instead',
  ],
  [
    "one below all limits",
    edited("laptop: {}", "laptop: { epoch: -9007199254740993 }"),
    '"-9007199254740993" is out of range; write at least 1',
  ],
])("what is said of %s", (_, text, said) => {
  expect(adviceOf(text)).toBe(said);
});

const PEERS = (network: string, owner: string) =>
  `that is in the tunnel network ${network} of ${owner}: write peers for the clients there, or self for the server`;

test.each([
  ["10.66.0.0/24", PEERS("10.66.0.0/24", "router/wg0")],
  ["10.66.0.1", PEERS("10.66.0.0/24", "router/wg0")],
  ["10.66.0.7/25", PEERS("10.66.0.0/24", "router/wg0")],
  ['"fd00:66:1::9"', PEERS("fd00:66:1::/64", "nas/wg1")],
  ["{ to: 10.66.5.0/24, ports: [icmp] }", PEERS("10.66.5.0/24", "router/wg5")],
  ["0.0.0.0/0", "let a profile reach internet instead"],
  ["192.168.9.0/24", "declare 192.168.9.0/24 under subnets and write its name here"],
])("a profile that reaches %s is told what may be followed", (target, hint) => {
  const { problems } = load(edited("reach: [self]", `reach: [self, ${target}]`));
  expect(problems).toMatchObject([{ code: "bad-name", hint }]);
});

test("a subnet that is a tunnel network is told how profiles reach that", () => {
  const { problems } = load(edited("192.168.60.0/24", "10.66.0.0/24"));
  const hint =
    "a tunnel network must be in no other network; profiles reach its clients as peers, and its server as self";
  expect(problems).toMatchObject([{ code: "network-overlap", hint }]);
});

test("a tunnel whose name may be a key is not named", () => {
  const text = edited("      wg5: {", `      ${KEY.slice(1, 40)}: {`).replace("reach: [self]", "reach: [10.66.5.0/24]");
  expect(JSON.stringify(load(text).problems)).not.toContain(KEY.slice(1, 9));
});

const IN_QUOTES = "put the address in quotes";
const NESTED = "Nested mappings are not allowed in compact mappings";
const BLOCK = "Block collections are not allowed within flow collections";

test.each([
  ["an address", edited("address: 192.168.1.2", "address: fd00::"), `${NESTED}; ${IN_QUOTES}`],
  ["a target in braces", edited("to: 192.168.1.10,", "to: fd00:7::,"), `${BLOCK}; ${IN_QUOTES}`],
  ["a target on a line of its own", edited("expect:", "expect:\n  - to: fd00:7::"), `${NESTED}; ${IN_QUOTES}`],
  ["a client's address", edited("address: 10.66.0.20", "address: fd00:66::"), `${BLOCK}; ${IN_QUOTES}`],
  [
    "an endpoint in brackets",
    edited(ENDPOINT, "[fd00::]"),
    `expected text, found a list; ${IN_QUOTES}, without brackets`,
  ],
  [
    "an entry of a subnet",
    edited("192.168.60.0/24", "fd00::, 192.168.60.0/24"),
    `expected text, found a mapping; ${IN_QUOTES}, and add its length; fd00::/128 is this one address`,
  ],
  [
    "an entry of a profile",
    edited("reach: [self]", "reach: [fd00::]"),
    `expected text or a mapping, found a mapping; ${IN_QUOTES}, and declare fd00::/128 under subnets and write its name here`,
  ],
  [
    "what is no address",
    edited("address: 192.168.1.2", "address: nas::"),
    `${NESTED}; put a text that holds a colon and a space in quotes`,
  ],
  ["a mapping in a list of texts", edited("192.168.60.0/24", "nas::"), "expected text, found a mapping; undefined"],
])("what is said of an address that ends in a colon and stands without quotes: %s", (_, text, said) => {
  expect(adviceOf(text)).toBe(said);
});

const ANY_ENDPOINT = "write one like vpn.example.net, 198.51.100.1 or 2001:db8::1";

test.each([
  ["vpn.example.net:51820", "leave the port out; the port belongs to the interface"],
  ["198.51.100.1:51820", "leave the port out; the port belongs to the interface"],
  ["vpn.example.net.", "leave the last dot out"],
  ["vpn.example.net.:51820", "leave the last dot and the port out; the port belongs to the interface"],
  ["[2001:db8::1]", "leave the brackets out"],
  ["[2001:db8::1]:51820", "leave the brackets and the port out; the port belongs to the interface"],
  ["[fe80::1]", OWN],
  ["localhost.", OWN],
  ["localhost:51820", OWN],
  ["127.0.0.1:51820", OWN],
  ["2001:db8::1::2", ANY_ENDPOINT],
  ["::ffff:c0a8:0101", ANY_ENDPOINT],
  ["10.1:51820", ANY_ENDPOINT],
  ["[]:51820", ANY_ENDPOINT],
])("what is said of the endpoint %s may be followed", (text, hint) => {
  expect(load(edited(ENDPOINT, `"${text}"`)).problems).toMatchObject([{ code: "bad-endpoint", hint }]);
  const surplus = /^leave (.*) out/.exec(hint)?.[1]?.split(" and ") ?? [];
  const patterns: Readonly<Record<string, RegExp>> = {
    "the port": /:\d+$/,
    "the last dot": /\.$/,
    "the brackets": /[[\]]/g,
  };
  const followed = surplus.toReversed().reduce((rest, part) => rest.replace(patterns[part] ?? "?", ""), text);
  if (followed !== text) expectMarked(edited(ENDPOINT, `"${followed}"`), "");
});

test("endpoints of brackets in one another are refused, however many there are", () => {
  const deep = edited(ENDPOINT, `"${"[".repeat(50_000)}x${"]:1".repeat(50_000)}"`);
  expect(load(deep).problems).toMatchObject([{ code: "bad-endpoint", hint: ANY_ENDPOINT }]);
});

test.each([
  ["in a mapping in braces", edited("laptop: {}", "laptop: {§ : 1 }"), "unknown-key"],
  ["at the beginning of a line", `${edited("version: 1", "version: 1")}§: foo\n`, "unknown-key"],
])("an empty key is reported where it stands, %s", (_, marked, codes) => {
  expectMarked(marked, codes);
});
