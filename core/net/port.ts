/** Which traffic a rule speaks of. `icmp` means ICMP and ICMPv6 and has no ports: `first` and `last` are 0. */
export interface PortRange {
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly first: number;
  readonly last: number;
}

const PORT = "([1-9][0-9]{0,4})";
const PORT_RANGE = new RegExp(`^(tcp|udp)/${PORT}(?:-${PORT})?$`);
const HIGHEST = 65535;

/** `tcp/443`, `udp/5000-5010` or `icmp`; undefined for anything else, a reversed range and port 0 included. */
export function parsePortRange(text: string): PortRange | undefined {
  if (text === "icmp") return { protocol: "icmp", first: 0, last: 0 };
  const match = PORT_RANGE.exec(text);
  if (match === null) return undefined;
  const first = Number(match[2]);
  const last = Number(match[3] ?? match[2]);
  if (first > last || last > HIGHEST) return undefined;
  return { protocol: match[1] === "tcp" ? "tcp" : "udp", first, last };
}

export function formatPortRange(range: PortRange): string {
  if (range.protocol === "icmp") return "icmp";
  return `${range.protocol}/${range.first}${range.first === range.last ? "" : `-${range.last}`}`;
}

/** By protocol, then by first port, then the wider range first. */
export function comparePortRange(a: PortRange, b: PortRange): number {
  if (a.protocol !== b.protocol) return a.protocol < b.protocol ? -1 : 1;
  return a.first - b.first || b.last - a.last;
}
