import { type Address, compareAddress, formatAddress } from "../../net/address.ts";
import { type Cidr, contains, formatCidr, hostAddress, hostCapacity } from "../../net/cidr.ts";
import type { ClientFact, Facts, InterfaceFact, Located } from "../facts.ts";
import type { Path, Report } from "../place.ts";
import { repeated, withLine } from "./duplicates.ts";

/** Clients: one name, key and address each, and room for all of them. */
export function checkClients(facts: Facts, report: Report): void {
  checkNames(facts, report);
  checkKeys(facts, report);
  checkAddresses(facts, report);
  checkRoom(facts, report);
}

function checkNames(facts: Facts, report: Report): void {
  const bindings = facts.bindings.map(({ draft, path }) => ({ draft, path: [...path, "profile"] }));
  const bound = (one: (typeof bindings)[number]) =>
    one.draft.profile && one.draft.interface && `${one.draft.profile} ${one.draft.interface}`;
  for (const [first, ...others] of repeated(bindings, bound, report)) {
    for (const { path, draft } of others) {
      const message = `${withLine(`profile ${draft.profile}`, first.path, report)} is bound to ${draft.interface} already`;
      report.add({ code: "duplicate-binding", path, message, hint: "list all its clients in one binding" });
    }
  }
  const named = (client: ClientFact) => client.interfaceId && `${client.interfaceId}/${client.name}`;
  for (const [first, ...others] of repeated(facts.clients, named, report)) {
    for (const client of others) {
      const message = `${withLine(named(client) ?? "", first.path, report)} exists already`;
      report.add({
        code: "duplicate-client",
        path: client.path,
        part: "key",
        message,
        hint: "one client, one profile per interface",
      });
    }
  }
}

function checkKeys(facts: Facts, report: Report): void {
  const owners = facts.clients.map((client) => ({ ...client, path: [...client.path, "publicKey"] }));
  for (const [first, ...others] of repeated(owners, (client) => client.draft.publicKey, report)) {
    for (const { path } of others) {
      const message = `${withLine(`${first.interfaceId}/${first.name}`, first.path, report)} has the same public key`;
      report.add({ code: "duplicate-key-pair", path, message, hint: "every client makes a key pair of its own" });
    }
  }
  for (const { path, draft } of facts.clients) {
    if (draft.publicKey === undefined || draft.epoch === undefined) continue;
    const message = "epoch rotates a derived key, and this client brought its own";
    report.add({
      code: "useless-epoch",
      path: [...path, "epoch"],
      message,
      hint: "remove it; change publicKey instead",
    });
  }
}

interface Pinned {
  readonly path: Path;
  readonly client: ClientFact;
  readonly one: InterfaceFact;
  readonly address: Address;
  /** Number within the network; the same in both families. */
  readonly host: bigint;
}

function checkAddresses(facts: Facts, report: Report): void {
  const pinned = facts.clients.flatMap((client) => pinnedOf(client, facts, report));
  for (const [first, ...others] of repeated(pinned, ({ one, host }) => `${one.id} ${host}`, report)) {
    for (const { path, address } of others) {
      const message = `${formatAddress(address)} has the host number of ${withLine(first.client.name, first.path, report)}`;
      report.add({
        code: "duplicate-address",
        path,
        message,
        hint: "choose another; the number counts for both families",
      });
    }
  }
}

function pinnedOf(client: ClientFact, facts: Facts, report: Report): Pinned[] {
  const one = facts.interfaces.get(client.interfaceId ?? "");
  const address = client.draft.address;
  if (one === undefined || address === undefined || one.networks.length === 0) return [];
  const path = [...client.path, "address"];
  const networks = one.networks.map(({ cidr }) => cidr);
  const around = networks.find((cidr) => contains(cidr, address));
  if (around === undefined) {
    const message = `${formatAddress(address)} is outside ${networks.map(formatCidr).join(" and ")} of ${one.id}`;
    report.add({ code: "address-outside", path, message, hint: "choose one inside, or leave it out" });
    return [];
  }
  const host = address.value - around.value;
  const unusable = unusableHost(host, address, networks);
  if (unusable === undefined) return [{ path, client, one, address, host }];
  report.add({
    code: "address-unusable",
    path,
    message: `${formatAddress(address)} ${unusable}`,
    hint: host > MOST ? "choose a lower one, or leave it out" : "choose another, or leave it out",
  });
  return [];
}

/** The highest number of any host, whatever the network. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

function unusableHost(host: bigint, address: Address, networks: readonly Cidr[]): string | undefined {
  if (host === 0n) return "is the address of the network itself";
  if (host === 1n) return "is the address of the server";
  const [narrow] = [...networks].sort((a, b) => hostCapacity(a) - hostCapacity(b));
  if (narrow === undefined) return undefined;
  const capacity = hostCapacity(narrow);
  if (host <= BigInt(capacity)) return undefined;
  const own = { ...narrow, value: narrow.value + host };
  if (compareAddress(own, address) !== 0) {
    return `is host ${host}, and ${formatCidr(narrow)} ends at ${capacity}: the number counts for both families`;
  }
  if (narrow.family === 4) return "is the broadcast address";
  return `is too high: hosts of ${formatCidr(narrow)} are numbered up to ${formatAddress(hostAddress(narrow, capacity))}`;
}

function checkRoom(facts: Facts, report: Report): void {
  const counts = new Map<string, number>();
  for (const { interfaceId } of facts.clients) {
    if (interfaceId !== undefined) counts.set(interfaceId, (counts.get(interfaceId) ?? 0) + 1);
  }
  for (const [id, count] of counts) {
    for (const network of facts.interfaces.get(id)?.networks ?? []) checkRoomIn(network, count, report);
  }
}

function checkRoomIn({ cidr, path, owner }: Located, count: number, report: Report): void {
  const room = hostCapacity(cidr) - 1;
  // A network without room for any is called too small.
  if (count <= room || room < 1) return;
  const clients = room === 1 ? "1 client" : `${room} clients`;
  const message = `${formatCidr(cidr)} has room for ${clients}, and ${count} are bound to ${owner}`;
  report.add({ code: "network-exhausted", path, message, hint: "widen it" });
}
