import { load } from "../../../core/domain/load.ts";

const publicKey = (i: number): string => {
  const bytes = Buffer.alloc(32, 9);
  bytes.writeUInt32BE(i, 8);
  return bytes.toString("base64");
};

/** Every third client brings a key, every third has an address pinned, some have a site. */
function largeFile(count: number, lines: (i: number) => string): string {
  return `version: 1
servers:
  router:
    address: 192.168.1.1
    endpoint: vpn.example.net
    interfaces:
      wg0: { port: 51820, network: [10.64.0.0/16, "fd00:64::/64"] }
subnets:
${Array.from({ length: count / 10 }, (_, i) => `  site-${i}: [172.${16 + (i >> 8)}.${i & 255}.0/24]`).join("\n")}
  lan: [192.168.1.0/24]
profiles:
  user: { reach: [lan] }
bindings:
  - profile: user
    interface: router/wg0
    clients:
${Array.from({ length: count }, (_, i) => `      client-${i}: { ${lines(i)} }`).join("\n")}
`;
}

const fields = (i: number): string =>
  [
    ...(i % 3 === 0 ? [`publicKey: "${publicKey(i)}"`] : []),
    ...(i % 3 === 1 ? [`address: 10.64.${100 + (i >> 8)}.${i & 255}`] : []),
    ...(i % 10 === 0 ? [`subnets: [site-${i / 10}]`] : []),
  ].join(", ");

test("10,000 clients load, sorted and complete", () => {
  const { domain, problems } = load(largeFile(10_000, fields));
  expect(problems).toEqual([]);
  const clients = domain?.bindings[0]?.clients ?? [];
  expect(clients).toHaveLength(10_000);
  expect(clients.map(({ name }) => name)).toEqual(clients.map(({ name }) => name).sort());
  expect(clients.filter((client) => client.publicKey)).toHaveLength(3334);
});

test("3,000 faulty clients give 3,000 problems, each at its own place", () => {
  const { problems } = load(largeFile(3000, (i) => (i % 2 === 0 ? "epoch: 0" : "profil: x")));
  expect(problems).toHaveLength(3000);
  expect(new Set(problems.map(({ line }) => line)).size).toBe(3000);
});

test("3,000 clients with one key and one address give a problem for all but the first", () => {
  const { problems } = load(largeFile(3000, () => `publicKey: "${publicKey(1)}", address: 10.64.0.9, subnets: [lan]`));
  const count = (code: string): number => problems.filter((problem) => problem.code === code).length;
  expect(count("duplicate-key-pair")).toBe(2999);
  expect(count("duplicate-address")).toBe(2999);
  expect(count("site-overlap")).toBe(2999);
});
