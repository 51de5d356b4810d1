import { load } from "../../../core/domain/load.ts";

/** A clean file; broken ones are this with one piece replaced. */
export const CLEAN = `version: 1
servers:
  router:
    address: 192.168.1.1
    endpoint: vpn.example.net
    interfaces:
      wg0: { port: 51820, network: [10.66.0.0/24, "fd00:66::/64"] }
      wg5: { port: 51825, network: [10.66.5.0/24] }
  nas:
    address: 192.168.1.2
    interfaces:
      wg1: { port: 51821, network: [10.66.1.0/24, "fd00:66:1::/64"] }
subnets:
  lan: [192.168.1.0/24, "fd00:1::/64"]
  branch-lan: [192.168.50.0/24]
  shop-lan: [192.168.60.0/24]
profiles:
  admin: { reach: [lan, internet, self] }
  media: { reach: [{ to: lan, ports: [tcp/443, udp/5000-5010, icmp] }] }
  lab: { reach: [self] }
bindings:
  - profile: admin
    interface: router/wg0
    clients:
      laptop: {}
      phone: { publicKey: "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=" }
      branch: { subnets: [branch-lan], address: 10.66.0.20 }
  - profile: lab
    interface: nas/wg1
    clients: { runner: {} }
expect:
  - { from: router/wg0/laptop, to: 192.168.1.10, port: tcp/22, verdict: allow }
  - { from: nas/wg1/runner, to: self, verdict: allow }
  - { from: nas/wg1/runner, to: router/wg0/laptop, verdict: deny }
`;

const MARK = "§";

/** The clean file with `find` replaced; a mark stands before each token that is at fault. */
export function edited(find: string, replacement: string): string {
  if (CLEAN.split(find).length !== 2) throw new Error(`bad test data: ${find} is not in the clean file exactly once`);
  return CLEAN.replace(find, () => replacement);
}

interface Spot {
  readonly code: string;
  readonly line: number;
  readonly column: number;
}

/** Where the marks are, with the codes expected there (`+` joins several at one place), and the text without marks. */
export function readMarks(marked: string, codes: string): { readonly text: string; readonly spots: readonly Spot[] } {
  const names = codes === "" ? [] : codes.split(" ");
  const places: { readonly line: number; readonly column: number }[] = [];
  const lines = marked.split("\n").map((line, i) => {
    const pieces = line.split(MARK);
    let column = 1;
    for (const piece of pieces.slice(0, -1)) {
      column += piece.length;
      places.push({ line: i + 1, column });
    }
    return pieces.join("");
  });
  if (names.length !== places.length) throw new Error(`bad test data: ${places.length} marks, ${names.length} codes`);
  const spots = places.flatMap((place, i) => (names[i] ?? "").split("+").map((code) => ({ code, ...place })));
  return { text: lines.join("\n"), spots };
}

/** Loads a marked text and expects exactly the marked problems, in file order. */
export function expectMarked(marked: string, codes: string): void {
  const { text, spots } = readMarks(marked, codes);
  const { problems, domain } = load(text);
  expect(problems.map(({ code, line, column }) => ({ code, line, column }))).toEqual(spots);
  expect(domain === undefined).toBe(spots.length > 0);
}
