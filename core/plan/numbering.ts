import type { Problem } from "../domain/problem.ts";
import type { Client, Interface } from "../domain/types.ts";
import { formatAddress } from "../net/address.ts";
import { contains, formatCidr, hostCapacity } from "../net/cidr.ts";

/** The server has the first host of each network. */
export const SERVER_HOST = 1;

export interface Seat {
  readonly path: string;
  readonly client: Client;
}

/** A client path, and a number that this client had. */
export type Left = readonly [path: string, host: number];

/** One interface while its numbers are given out. */
export interface Table {
  readonly networks: Interface["networks"];
  /** Highest number that fits every network, since a client has the same one in all of them. */
  readonly capacity: number;
  readonly hosts: Map<string, number>;
  readonly holders: Map<number, string>;
  readonly problems: Problem[];
}

/** Gives every client of one interface its number; `locked` is by client path. */
export function fillInterface(
  networks: Interface["networks"],
  seats: readonly Seat[],
  locked: ReadonlyMap<string, number>,
  left: readonly Left[],
): Table {
  const capacity = Math.min(...networks.map(hostCapacity));
  const holders = new Map([[SERVER_HOST, "the server itself"]]);
  const table: Table = { networks, capacity, hosts: new Map(), holders, problems: [] };
  const pinned = seats.filter((seat) => seat.client.address !== undefined);
  const others = seats.filter((seat) => seat.client.address === undefined);
  for (const seat of pinned) pin(table, seat);
  for (const seat of others) keep(table, seat, locked.get(seat.path), pinned);
  giveOut(
    table,
    others.filter((seat) => !locked.has(seat.path)),
    left,
  );
  return table;
}

function take(table: Table, seat: Seat, host: number): void {
  table.hosts.set(seat.path, host);
  table.holders.set(host, seat.path);
}

/** At the pinned address where there is one: only it can be in the way. */
function complain(table: Table, { path, client }: Seat, code: string, found: string, hint: string): void {
  const spot = client.addressPosition ?? client.position;
  table.problems.push({ code, ...spot, message: `${path} ${found}`, hint });
}

function size(table: Table): string {
  return `${table.networks.map(formatCidr).join(" and ")} together have hosts ${SERVER_HOST} to ${table.capacity}`;
}

function pin(table: Table, seat: Seat): void {
  const { address } = seat.client;
  if (address === undefined) return;
  const network = table.networks.find((cidr) => contains(cidr, address));
  const host = network === undefined ? 0 : Number(address.value - network.value);
  const holder = table.holders.get(host);
  const text = formatAddress(address);
  if (host < SERVER_HOST || host > table.capacity) {
    complain(table, seat, "address-outside", `can't have ${text}: ${size(table)}`, "choose an address inside");
  } else if (holder !== undefined) {
    complain(
      table,
      seat,
      "address-taken",
      `can't have ${text}: number ${host} is ${holder}'s`,
      "choose another address",
    );
  } else take(table, seat, host);
}

function keep(table: Table, seat: Seat, host: number | undefined, pinned: readonly Seat[]): void {
  if (host === undefined) return;
  const holder = table.holders.get(host);
  if (host > table.capacity) {
    const hint = "delete its line there and run wirewright lock; the client gets another address";
    complain(table, seat, "lock-outside", `has number ${host} in the lock file, and ${size(table)}`, hint);
  } else if (holder === undefined) take(table, seat, host);
  else {
    const newcomer = pinned.find((other) => other.path === holder) ?? seat;
    const found = `can't have number ${host}: the lock file gives it to ${seat.path}`;
    complain(table, newcomer, "address-taken", found, "choose another address");
  }
}

/** For clients the lock does not know; `left` has the numbers that nobody holds any more. */
function giveOut(table: Table, seats: readonly Seat[], left: readonly Left[]): void {
  const had = new Map(left);
  const newcomers: Seat[] = [];
  for (const seat of seats) {
    const before = had.get(seat.path);
    if (before !== undefined && before <= table.capacity && !table.holders.has(before)) take(table, seat, before);
    else newcomers.push(seat);
  }
  const numbers = freeNumbers(table, new Set(left.map(([, host]) => host)));
  for (const [i, seat] of newcomers.entries()) {
    const { value } = numbers.next();
    if (value === undefined) {
      const found = `and ${newcomers.length - i - 1} more find no address: ${size(table)}`;
      complain(table, seat, "network-exhausted", found, "declare a wider network");
      return;
    }
    take(table, seat, value);
  }
}

/** Numbers that nobody ever had, then those that somebody left; each ascending. */
function* freeNumbers(table: Table, left: ReadonlySet<number>): Generator<number, undefined> {
  for (let host = SERVER_HOST; host <= table.capacity; host++) {
    if (!table.holders.has(host) && !left.has(host)) yield host;
  }
  for (const host of [...left].sort((a, b) => a - b)) {
    if (host <= table.capacity && !table.holders.has(host)) yield host;
  }
  return undefined;
}
