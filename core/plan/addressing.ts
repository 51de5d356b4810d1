import type { Problem } from "../domain/problem.ts";
import type { Domain } from "../domain/types.ts";
import { fillInterface, type Left, type Seat } from "./numbering.ts";
import type { Lock } from "./types.ts";

export interface Allocation {
  /** Client path to host number; a client without one has a problem. */
  readonly hosts: ReadonlyMap<string, number>;
  /** What the lock file should say now. */
  readonly lock: Lock;
  readonly problems: readonly Problem[];
}

/**
 * A number for every client: pinned by the file, else as locked, else the one it had before it left, else the lowest
 * that nobody ever had, else the lowest that somebody left. Names alone decide, so preview and up agree; and nobody
 * moves when somebody comes or goes.
 */
export function allocate(domain: Domain, lock: Lock): Allocation {
  const seats = seatsByInterface(domain);
  const left = leftByInterface(lock, [...seats.values()].flat());
  const tables = domain.servers.flatMap((server) =>
    server.interfaces.map((wg) => {
      const path = `${server.name}/${wg.name}`;
      return fillInterface(wg.networks, seats.get(path) ?? [], lock.hosts, left.get(path) ?? []);
    }),
  );
  const hosts = new Map(tables.flatMap((table) => [...table.hosts]));
  const places = new Set([...hosts].map(([path, host]) => `${interfaceOf(path)} ${host}`));
  const free = [...left].flatMap(([wg, numbers]) => numbers.filter(([, host]) => !places.has(`${wg} ${host}`)));
  return { hosts, lock: { hosts, released: new Map(free) }, problems: tables.flatMap((table) => table.problems) };
}

function interfaceOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Interface path to its clients, sorted by name. */
function seatsByInterface(domain: Domain): Map<string, Seat[]> {
  const seats = new Map<string, Seat[]>();
  for (const binding of domain.bindings) {
    const wg = `${binding.server}/${binding.interface}`;
    const row = seats.get(wg) ?? [];
    seats.set(wg, row);
    for (const client of binding.clients) row.push({ path: `${wg}/${client.name}`, client });
  }
  for (const row of seats.values()) row.sort((a, b) => (a.path < b.path ? -1 : 1));
  return seats;
}

/**
 * Interface path to the numbers that clients had: of those that are gone, of those whose address the file pins, which may
 * have moved, and as the lock remembers them. What a client had last is last.
 */
function leftByInterface(lock: Lock, seats: readonly Seat[]): Map<string, readonly Left[]> {
  const staying = new Set(seats.filter(({ client }) => client.address === undefined).map(({ path }) => path));
  const gone = [...lock.hosts].filter(([path]) => !staying.has(path));
  return Map.groupBy([...lock.released, ...gone], ([path]) => interfaceOf(path));
}
