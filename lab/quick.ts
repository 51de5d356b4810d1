/** What a client's wg-quick text asks for, split into what `wg` takes and what is ours to do. */
export interface QuickConfig {
  /** With prefix length. */
  readonly addresses: readonly string[];
  readonly mtu: number | undefined;
  /** Of all peers. */
  readonly allowedIps: readonly string[];
  /** Text for `wg setconf`, endpoints as they were resolved. Holds the private key. */
  readonly setconf: string;
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

// Known to wg-quick only; `wg` refuses them. Its hooks are commands, which a configuration has no business to run here.
const QUICK_ONLY = new Set(["address", "dns", "mtu", "table", "preup", "postup", "predown", "postdown", "saveconfig"]);

interface Section {
  readonly name: string;
  readonly entries: readonly (readonly [key: string, value: string])[];
}

/** Reads wg-quick text; `resolve` turns the host of an endpoint into a literal address, or throws. */
export function readQuick(text: string, resolve: (host: string) => string): QuickConfig {
  const sections = readSections(text);
  const all = (section: Section, key: string) =>
    section.entries.filter(([name]) => name.toLowerCase() === key).map(([, value]) => value);
  const own = sections.filter((section) => section.name === "interface");
  const mtu = own.flatMap((section) => all(section, "mtu"))[0];
  const peers = sections.filter((section) => section.name === "peer");
  return {
    addresses: own.flatMap((section) => all(section, "address").flatMap(list)),
    mtu: mtu === undefined ? undefined : Number(mtu),
    allowedIps: peers.flatMap((section) => all(section, "allowedips").flatMap(list)),
    setconf: sections.map((section) => writeSection(section, resolve)).join(""),
  };
}

function readSections(text: string): readonly Section[] {
  const [, ...blocks] = text.replaceAll(/#.*/g, "").split(/^\s*\[/m);
  return blocks.map((block) => {
    const [head = "", ...rows] = block.split("\n");
    const entries = rows
      .filter((row) => row.includes("="))
      .map((row) => {
        const [key = "", ...value] = row.split("=");
        return [key.trim(), value.join("=").trim()] as const;
      });
    return { name: head.replace(/\].*/s, "").trim().toLowerCase(), entries };
  });
}

function writeSection({ name, entries }: Section, resolve: (host: string) => string): string {
  const kept = entries.filter(([key]) => !QUICK_ONLY.has(key.toLowerCase()));
  const rows = kept.map(([key, value]) =>
    key.toLowerCase() === "endpoint" ? `${key} = ${writeEndpoint(readEndpoint(value, resolve))}` : `${key} = ${value}`,
  );
  return [`[${name === "peer" ? "Peer" : "Interface"}]`, ...rows, ""].join("\n");
}

const list = (value: string): readonly string[] =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);

function readEndpoint(value: string, resolve: (host: string) => string): Endpoint {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(value) ?? [];
  const host = bracketed ?? plain;
  if (!host || !port) throw new Error(`"${value}" is not an endpoint; write host:port or [v6]:port`);
  return { address: bracketed ?? resolve(host), port: Number(port) };
}

const writeEndpoint = ({ address, port }: Endpoint): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
