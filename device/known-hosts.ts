import { createHmac } from "node:crypto";

/** What known_hosts files say of one host. Keys as in authorized_keys without comment: `ssh-ed25519 AAAA…`. */
export interface HostKeys {
  /** Best kind of key first. */
  readonly trusted: readonly string[];
  /** There are matching lines, and each key among them is marked @revoked. */
  readonly revoked: boolean;
}

/**
 * In the order of preference. Not ssh-rsa: for such a key the command plugin asks the host to sign with SHA-1 alone, which
 * current ones refuse.
 */
const KINDS: readonly string[] = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
const STANDARD_PORT = 22;

/**
 * Keys for a host, from the text of known_hosts as sshd(8) describes it: plain names with wildcards and negation, hashed
 * names, `[host]:port` for other ports. Certificate authorities are not used; lines that make no sense are passed over.
 */
export function hostKeysFor(text: string, host: string, port: number): HostKeys {
  const name = (port === STANDARD_PORT ? host : `[${host}]:${port}`).toLowerCase();
  const lines = text.split("\n").flatMap((line) => readLine(line.trim(), name));
  const revoked = new Set(lines.filter(({ marker }) => marker === "@revoked").map(({ key }) => key));
  const trusted = lines.filter(({ marker, key }) => marker === "" && !revoked.has(key));
  const place = ({ kind }: KnownKey): number => KINDS.indexOf(kind);
  return {
    trusted: [...trusted].sort((a, b) => place(a) - place(b)).map(({ key }) => key),
    revoked: trusted.length === 0 && revoked.size > 0,
  };
}

interface KnownKey {
  readonly marker: string;
  readonly kind: string;
  readonly key: string;
}

/** The one key of a line that speaks of this host, or nothing. */
function readLine(line: string, name: string): readonly KnownKey[] {
  if (line.startsWith("#")) return [];
  const words = line.split(/[ \t]+/);
  const marker = words[0]?.startsWith("@") ? words[0] : "";
  const [hosts = "", kind = "", blob = ""] = marker === "" ? words : words.slice(1);
  if (!isKeyOf(kind, blob) || !namesHost(hosts, name)) return [];
  return [{ marker, kind, key: `${kind} ${blob}` }];
}

/** The blob repeats its kind as a counted string (RFC 4253 6.6): a line cut short or mixed up is no key. */
function isKeyOf(kind: string, blob: string): boolean {
  if (!KINDS.includes(kind)) return false;
  const bytes = Buffer.from(blob, "base64");
  if (bytes.toString("base64") !== blob || bytes.length < 4 + kind.length) return false;
  return bytes.readUInt32BE(0) === kind.length && bytes.toString("latin1", 4, 4 + kind.length) === kind;
}

function namesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith("|")) return hashedNameIs(hosts, name);
  const patterns = hosts.toLowerCase().split(",");
  if (patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => matches(pattern, name));
}

/** `|1|salt|hash`: HMAC-SHA-1 of the name, keyed with the salt. */
function hashedNameIs(hashed: string, name: string): boolean {
  const [, version, salt = "", hash] = hashed.split("|");
  if (version !== "1") return false;
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function matches(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const expression = pattern.replace(/[^*?]/g, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
  return new RegExp(`^${expression.replaceAll("*", ".*").replaceAll("?", ".")}$`, "u").test(name);
}
