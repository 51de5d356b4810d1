import { type Address, parseAddress } from "../../net/address.ts";
import type { Facts, ServerFact } from "../facts.ts";
import type { Path } from "../place.ts";

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

/** What the clients of a server send their packets to, when that is a literal address. */
export function endpointOf({ draft }: ServerFact): Address | undefined {
  return draft.endpoint === undefined ? draft.address : parseAddress(draft.endpoint);
}
