import { type Address, formatAddress, parseAddress } from "../../net/address.ts";
import type { Facts, ServerFact } from "../facts.ts";
import type { Path, Report } from "../place.ts";

export interface Dialled {
  readonly address: Address;
  readonly path: Path;
  readonly use: "address" | "endpoint";
}

/** Server name to the literal addresses at which automation and clients reach it. A DNS name is none of them. */
export function dialledAddresses(facts: Facts): ReadonlyMap<string, readonly Dialled[]> {
  return new Map(facts.servers.map((server) => [server.name, dialledOf(server)]));
}

function dialledOf({ draft, path }: ServerFact): Dialled[] {
  const endpoint = draft.endpoint === undefined ? undefined : parseAddress(draft.endpoint);
  return [
    ...(draft.address ? [{ address: draft.address, path: [...path, "address"], use: "address" } as const] : []),
    ...(endpoint ? [{ address: endpoint, path: [...path, "endpoint"], use: "endpoint" } as const] : []),
  ];
}

const FIELDS: ReadonlySet<string> = new Set(["address", "endpoint", "interfaces"]);

/**
 * What the clients of a server dial: a DNS name or an address as text. Undefined when that can't be told: `endpoint` is
 * there and was refused, or a key that is not known may be a misspelt one.
 */
export function dialledHost({ name, draft }: ServerFact, report: Report): string | undefined {
  if (draft.endpoint !== undefined) return draft.endpoint;
  const keys = report.names(["servers", name]);
  const isUnsaid = keys !== undefined && [...keys].every((key) => FIELDS.has(key) && key !== "endpoint");
  return isUnsaid && draft.address ? formatAddress(draft.address) : undefined;
}

/** The same, when it is a literal address. */
export function endpointOf(server: ServerFact, report: Report): Address | undefined {
  return parseAddress(dialledHost(server, report) ?? "");
}
