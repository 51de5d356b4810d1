import * as fc from "fast-check";
import type { Domain } from "../../../core/domain/types.ts";
import { allocate } from "../../../core/plan/addressing.ts";
import { emptyLock, formatLock, parseLock } from "../../../core/plan/lock-file.ts";
import type { Lock } from "../../../core/plan/types.ts";
import { type ClientSketch, domainOf } from "../../support/domain.ts";

const seeded = { seed: 20260103, numRuns: 200 };
const NETWORKS = ["10.66.0.0/24", "fd00:66::/64"];

/** One interface with these clients. */
function home(clients: Readonly<Record<string, ClientSketch>>, networks: readonly string[] = NETWORKS): Domain {
  return domainOf({
    servers: { router: { address: "192.168.1.1", interfaces: { wg0: networks } } },
    profiles: { p: ["self"] },
    bindings: { "p router/wg0": clients },
  });
}

const named = (...names: readonly string[]): Record<string, ClientSketch> =>
  Object.fromEntries(names.map((name) => [name, {}]));

function hostsOf(domain: Domain, lock: Lock = emptyLock): Record<string, number> {
  const { hosts, problems } = allocate(domain, lock);
  expect(problems).toEqual([]);
  return Object.fromEntries([...hosts].map(([path, host]) => [path.replace("router/wg0/", ""), host]));
}

const lockAfter = (domain: Domain, lock: Lock = emptyLock): Lock => allocate(domain, lock).lock;

/** What preview and up see: the lock as it comes back from its file. */
const stored = (lock: Lock): Lock => parseLock(formatLock(lock)).lock;

const someNames = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/), { minLength: 1, maxLength: 40 });

test("everyone gets a number of their own, from the first after the server's, inside the networks", () => {
  fc.assert(
    fc.property(someNames, (names) => {
      const hosts = Object.values(hostsOf(home(named(...names))));
      expect(new Set(hosts).size).toBe(names.length);
      expect(Math.min(...hosts)).toBe(2);
      expect(Math.max(...hosts)).toBe(names.length + 1);
    }),
    seeded,
  );
});

test("the order in the file means nothing", () => {
  fc.assert(
    fc.property(someNames, (names) => {
      expect(hostsOf(home(named(...names.toReversed())))).toEqual(hostsOf(home(named(...names))));
    }),
    seeded,
  );
});

test("nobody moves when others come and go, and a number that somebody left stays unused while others are free", () => {
  fc.assert(
    fc.property(someNames, fc.array(someNames, { maxLength: 8 }), (first, rounds) => {
      let lock = stored(lockAfter(home(named(...first))));
      const everHad = new Map(Object.entries(hostsOf(home(named(...first)))));
      for (const names of rounds) {
        const now = hostsOf(home(named(...names)), lock);
        for (const [client, host] of Object.entries(now)) {
          if (everHad.has(client)) expect(host).toBe(everHad.get(client));
          else expect([...everHad.values()]).not.toContain(host);
          everHad.set(client, host);
        }
        lock = stored(lockAfter(home(named(...names)), lock));
      }
    }),
    seeded,
  );
});

test("preview, which has no lock file yet, and the run that writes it give the same numbers", () => {
  const domain = home(named("c", "a", "b"));
  expect(hostsOf(domain, stored(lockAfter(domain)))).toEqual(hostsOf(domain));
  expect(formatLock(lockAfter(domain, lockAfter(domain)))).toBe(formatLock(lockAfter(domain)));
});

test("in a full network a number that somebody left is used again, lowest first", () => {
  const small = ["10.66.0.0/29"]; // hosts 2 to 6 for clients
  const before = lockAfter(home(named("a", "b", "c", "d", "e"), small));
  const after = home(named("a", "c", "e", "x", "y"), small);
  expect(hostsOf(after, before)).toEqual({ a: 2, c: 4, e: 6, x: 3, y: 5 });
  expect(lockAfter(after, before).released).toEqual(new Map());
});

test("who returns gets the old number back", () => {
  const gone = lockAfter(home(named("a", "c")), lockAfter(home(named("a", "b", "c"))));
  expect(gone.released).toEqual(new Map([["router/wg0/b", 3]]));
  expect(hostsOf(home(named("0", "a", "b", "c")), stored(gone))).toEqual({ 0: 5, a: 2, b: 3, c: 4 });
});

test("an interface that is taken out and put back finds its clients' numbers unchanged", () => {
  const before = lockAfter(home(named("a", "b", "c")), lockAfter(home(named("b"))));
  const without = domainOf({ servers: { nas: { address: "192.168.1.2", interfaces: {} } } });
  expect(hostsOf(home(named("a", "b", "c")), stored(lockAfter(without, before)))).toEqual({ a: 3, b: 2, c: 4 });
});

test("a pinned address decides, in either family, and nobody else gets its number", () => {
  const pinned = home({ a: {}, b: { address: "10.66.0.3" }, c: { address: "fd00:66::2" }, d: {} });
  expect(hostsOf(pinned)).toEqual({ a: 4, b: 3, c: 2, d: 5 });
});

test("a number that a client leaves because it is pinned elsewhere stays unused while others are free, also in later runs", () => {
  const before = stored(lockAfter(home(named("a", "b"))));
  const moved = { a: { address: "10.66.0.9" }, b: {} };
  expect(hostsOf(home({ ...moved, c: {} }), before)).toEqual({ a: 9, b: 3, c: 4 });
  const later = stored(lockAfter(home(moved), before));
  expect(later).toEqual({
    hosts: new Map([
      ["router/wg0/a", 9],
      ["router/wg0/b", 3],
    ]),
    released: new Map([["router/wg0/a", 2]]),
  });
  // And so it stays, pinned or not, until nothing else is free.
  expect(stored(lockAfter(home(moved), later))).toEqual(later);
  expect(hostsOf(home({ ...moved, c: {} }), later)).toEqual({ a: 9, b: 3, c: 4 });
  expect(hostsOf(home(named("a", "b", "c")), later)).toEqual({ a: 9, b: 3, c: 4 });
  const small = home({ ...named("a", "b", "c", "d"), a: { address: "10.66.0.6" } }, ["10.66.0.0/29"]);
  expect(hostsOf(small, stored(lockAfter(home(named("a", "b"), ["10.66.0.0/29"]))))).toEqual({
    a: 6,
    b: 3,
    c: 4,
    d: 5,
  });
});

test("what a pinned client left it may be pinned to again, and who is gone since has its last number back", () => {
  const before = stored(lockAfter(home(named("a", "b"))));
  const moved = stored(lockAfter(home({ a: { address: "10.66.0.9" }, b: {} }), before));
  expect(lockAfter(home({ a: { address: "10.66.0.2" }, b: {} }), moved)).toEqual({
    hosts: before.hosts,
    released: new Map([["router/wg0/a", 9]]),
  });
  const gone = stored(lockAfter(home(named("b")), moved));
  expect(gone.released).toEqual(new Map([["router/wg0/a", 9]]));
  expect(hostsOf(home(named("a", "b")), gone)).toEqual({ a: 9, b: 3 });
});

test("a client that is no longer pinned stays where it was", () => {
  const before = lockAfter(home({ a: {}, b: { address: "10.66.0.200" } }));
  expect(hostsOf(home(named("a", "b")), before)).toEqual({ a: 2, b: 200 });
});

const codes = (domain: Domain, lock: Lock = emptyLock): readonly string[] =>
  allocate(domain, lock).problems.map(({ code, path }) => `${code} ${path}`);

test("a newcomer can't take by pinning what the lock gives to another", () => {
  const lock = lockAfter(home(named("a", "b")));
  const thief = home({ a: {}, b: {}, z: { address: "10.66.0.2" } });
  expect(codes(thief, lock)).toEqual(["address-taken bindings[0].clients.z.address"]);
  expect(allocate(thief, lock).problems[0]).toMatchObject({ line: 102, column: 20 });
});

test("a network that shrank below a locked number is a problem of that client, not a silent move", () => {
  const lock = lockAfter(home({ a: {}, b: { address: "10.66.0.200" } }));
  expect(codes(home(named("a", "b"), ["10.66.0.0/28"]), lock)).toEqual(["lock-outside bindings[0].clients.b"]);
});

test("addresses outside, of the server, and one number in both families are refused", () => {
  expect(codes(home({ a: { address: "10.67.0.9" } }))).toEqual(["address-outside bindings[0].clients.a.address"]);
  expect(codes(home({ a: { address: "10.66.0.255" } }))).toEqual(["address-outside bindings[0].clients.a.address"]);
  expect(codes(home({ a: { address: "fd00:66::1:0" } }))).toEqual(["address-outside bindings[0].clients.a.address"]);
  expect(codes(home({ a: { address: "10.66.0.1" } }))).toEqual(["address-taken bindings[0].clients.a.address"]);
  const both = home({ a: { address: "10.66.0.9" }, b: { address: "fd00:66::9" } });
  expect(codes(both)).toEqual(["address-taken bindings[0].clients.b.address"]);
});

test("one client too many is one problem that says how many", () => {
  const { problems } = allocate(home(named("a", "b", "c", "d"), ["10.66.0.0/30"]), emptyLock);
  expect(problems.map(({ code, path }) => [code, path])).toEqual([["network-exhausted", "bindings[0].clients.b"]]);
  expect(problems[0]?.message).toContain("and 2 more");
});

test("10,000 clients cost no more than their number: half of them return, half are new", () => {
  const many = (from: number, to: number) => named(...Array.from({ length: to - from }, (_, i) => `c${from + i}`));
  const networks = ["10.64.0.0/16"];
  const before = lockAfter(home(many(0, 10_000), networks));
  const hosts = Object.values(hostsOf(home(many(5_000, 15_000), networks), before));
  expect(new Set(hosts).size).toBe(10_000);
});
