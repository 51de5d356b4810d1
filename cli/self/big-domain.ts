/** An intent file with this many clients on one interface of one server; the same number gives the same text. */
export function bigDomain(
  clients: number,
  place: { readonly server: string; readonly address: string; readonly interface: string },
): string {
  const names = Array.from({ length: clients }, (_, i) => `      ${clientName(i)}: {}\n`);
  return `version: 1
servers:
  ${place.server}:
    address: ${place.address}
    interfaces:
      ${place.interface}: { port: 51820, network: [10.80.0.0/16, "fd00:80::/64"] }
profiles:
  bench: { reach: [self] }
bindings:
  - profile: bench
    interface: ${place.server}/${place.interface}
    clients:
${names.join("")}`;
}

function clientName(number: number): string {
  return `c${String(number).padStart(6, "0")}`;
}
