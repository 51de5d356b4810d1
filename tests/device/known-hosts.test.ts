import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostKeysFor } from "../../device/known-hosts.ts";

function keyLine(kind: string, fill: number): string {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(kind.length);
  return `${kind} ${Buffer.concat([head, Buffer.from(kind), Buffer.alloc(36, fill)]).toString("base64")}`;
}

const ed = keyLine("ssh-ed25519", 1);
const ed2 = keyLine("ssh-ed25519", 2);
const ecdsa = keyLine("ecdsa-sha2-nistp256", 3);
const p384 = keyLine("ecdsa-sha2-nistp384", 4);
const none = { trusted: [], revoked: false };

test("a host's key is found by name, address, list and wildcard, and only its own", () => {
  const text = `# comment\n\n192.168.1.1,router ${ed} root@router\n*.example.net ${ecdsa}\nfd00:1::? ${p384}\n`;
  expect(hostKeysFor(text, "192.168.1.1", 22).trusted).toEqual([ed]);
  expect(hostKeysFor(text, "ROUTER", 22).trusted).toEqual([ed]);
  expect(hostKeysFor(text, "vpn.example.net", 22).trusted).toEqual([ecdsa]);
  expect(hostKeysFor(text, "fd00:1::5", 22).trusted).toEqual([p384]);
  for (const other of ["192.168.1.10", "192.168.1", "example.net", "xrouter", "fd00:1::55", "192x168.1.1"]) {
    expect(hostKeysFor(text, other, 22)).toEqual(none);
  }
});

test("a negated pattern takes a host out of its line", () => {
  const text = `*.example.net,!bad.example.net ${ed}\n`;
  expect(hostKeysFor(text, "good.example.net", 22).trusted).toEqual([ed]);
  expect(hostKeysFor(text, "bad.example.net", 22)).toEqual(none);
});

test("another port is another host", () => {
  const text = `192.168.1.1 ${ed}\n[192.168.1.1]:2222 ${ed2}\n[fd00:1::1]:2222 ${ecdsa}\n`;
  expect(hostKeysFor(text, "192.168.1.1", 22).trusted).toEqual([ed]);
  expect(hostKeysFor(text, "192.168.1.1", 2222).trusted).toEqual([ed2]);
  expect(hostKeysFor(text, "fd00:1::1", 2222).trusted).toEqual([ecdsa]);
  expect(hostKeysFor(text, "192.168.1.1", 2223)).toEqual(none);
});

test("the best kind of key comes first whatever the order of the file", () => {
  const lines = [`h ${p384}`, `h ${ecdsa}`, `h ${ed}`];
  expect(hostKeysFor(lines.join("\n"), "h", 22).trusted).toEqual([ed, ecdsa, p384]);
  expect(hostKeysFor(lines.toReversed().join("\r\n"), "h", 22).trusted).toEqual([ed, ecdsa, p384]);
});

test("a revoked key is never trusted, wherever it stands, and others of the host still are", () => {
  expect(hostKeysFor(`h ${ed}\n@revoked h ${ed}`, "h", 22)).toEqual({ trusted: [], revoked: true });
  expect(hostKeysFor(`@revoked * ${ed}\nh ${ed}\nh ${p384}`, "h", 22)).toEqual({ trusted: [p384], revoked: false });
  expect(hostKeysFor(`@revoked other ${ed}\nh ${ed}`, "h", 22).trusted).toEqual([ed]);
});

test("an RSA key is not trusted, whatever else is there", () => {
  const rsa = keyLine("ssh-rsa", 5);
  expect(hostKeysFor(`h ${rsa}`, "h", 22)).toEqual(none);
  expect(hostKeysFor(`h ${rsa}\nh ${ecdsa}`, "h", 22).trusted).toEqual([ecdsa]);
});

test("lines that make no sense, and certificate authorities, are passed over", () => {
  const blob = ed.split(" ")[1] ?? "";
  const odd = [
    `@cert-authority h ${ed}`,
    `h ssh-ed25519 ${blob.slice(0, -4)}!!!!`,
    `h ssh-ed25519 AAAA`,
    `h ecdsa-sha2-nistp256 ${blob}`,
    `h ssh-rsa ${blob}`,
    `h ssh-dss ${blob}`,
    "h",
    "h ssh-ed25519",
    `|2|AAAA|AAAA ${ed}`,
    `|1| ${ed}`,
  ];
  expect(hostKeysFor(odd.join("\n"), "h", 22)).toEqual(none);
});

test("names that ssh-keygen hashed are found", () => {
  const directory = mkdtempSync(join(tmpdir(), "wirewright-known-"));
  try {
    const file = join(directory, "known_hosts");
    const real = ["22", "2222"].map((name) => {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(directory, name)]);
      return readFileSync(join(directory, `${name}.pub`), "utf8").trim();
    });
    writeFileSync(file, `192.168.1.1 ${real[0]}\n[192.168.1.1]:2222 ${real[1]}\n`);
    execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" });
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain("192.168");
    expect(hostKeysFor(text, "192.168.1.1", 22).trusted).toEqual([real[0]]);
    expect(hostKeysFor(text, "192.168.1.1", 2222).trusted).toEqual([real[1]]);
    expect(hostKeysFor(text, "192.168.1.2", 22)).toEqual(none);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
