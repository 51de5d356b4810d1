import * as fc from "fast-check";
import { emptyLock, formatLock, parseLock } from "../../../core/plan/lock-file.ts";
import type { Lock } from "../../../core/plan/types.ts";

const seeded = { seed: 20260102, numRuns: 200 };
const HOSTS = "version: 1\nhosts:\n  router/wg0/laptop: 2\n";
const GOOD = `${HOSTS}released: {}\n`;

const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,30}$/);
const lock = fc
  .uniqueArray(fc.tuple(name, name, name, fc.integer({ min: 2, max: 2 ** 40 }), fc.boolean()), {
    maxLength: 20,
    selector: ([server, wg, client]) => `${server}/${wg}/${client}`,
  })
  .map((entries): Lock => {
    // Numbers are unique per interface; the index makes them so.
    const given = entries.map(([s, w, c, host, isHere], i) => [`${s}/${w}/${c}`, host * 32 + i, isHere] as const);
    const part = (here: boolean) =>
      new Map(given.filter(([, , isHere]) => isHere === here).map(([path, host]) => [path, host]));
    return { hosts: part(true), released: part(false) };
  });

test("what is written is read back the same", () => {
  fc.assert(
    fc.property(lock, (one) => {
      const { lock: read, problems } = parseLock(formatLock(one));
      expect(problems).toEqual([]);
      expect(read.hosts).toEqual(one.hosts);
      expect(read.released).toEqual(one.released);
      expect(formatLock(read)).toBe(formatLock(one));
    }),
    seeded,
  );
});

test("the order in which clients came means nothing to the file", () => {
  const reversed = (map: ReadonlyMap<string, number>) => new Map([...map].reverse());
  fc.assert(
    fc.property(lock, (one) => {
      const other = { hosts: reversed(one.hosts), released: reversed(one.released) };
      expect(formatLock(other)).toBe(formatLock(one));
    }),
    seeded,
  );
});

test.each(["", "\n \n", "\uFEFF"])("a file without content (%j) is a lock that was cut", (text) => {
  const { lock: read, problems } = parseLock(text);
  expect(problems).toMatchObject([{ code: "lock-cut", line: 1, column: 1, message: "the lock file is empty" }]);
  expect(read).toEqual(emptyLock);
});

test("a lock without clients is one, as it is written", () => {
  expect(parseLock(formatLock(emptyLock))).toEqual({ lock: emptyLock, problems: [] });
});

test("a lock that was cut anywhere is refused, or still gives every client its number", () => {
  fc.assert(
    fc.property(lock, fc.nat(), (one, cut) => {
      const text = formatLock(one);
      const { lock: read, problems } = parseLock(text.slice(0, cut % text.length));
      if (problems.length === 0) expect(read.hosts).toEqual(one.hosts);
    }),
    { ...seeded, numRuns: 2000 },
  );
});

test("comments, blank lines, CRLF and a byte order mark change nothing", () => {
  const decorated = `\uFEFF# about\r\n\r\nversion: 1 # one\r\nhosts:\r\n  router/wg0/laptop: 2 # hers\r\nreleased: {}\r\n`;
  expect(parseLock(decorated)).toEqual(parseLock(GOOD));
});

const broken: readonly (readonly [what: string, text: string, code: string, line: number])[] = [
  ["another version", GOOD.replace("1", "2"), "lock-version", 1],
  ["no version", "hosts: {}\n", "lock-version", 1],
  ["a merge conflict", `${GOOD}<<<<<<< ours\n`, "lock-syntax", 5],
  ["an entry before its section", "version: 1\n  router/wg0/laptop: 2\nhosts: {}\n", "lock-syntax", 2],
  ["the server's own number", GOOD.replace(": 2", ": 1"), "lock-range", 3],
  ["a number that is none", GOOD.replace(": 2", ": 0x2"), "lock-syntax", 3],
  ["a leading zero", GOOD.replace(": 2", ": 02"), "lock-syntax", 3],
  ["a number without end", GOOD.replace(": 2", `: ${"9".repeat(16)}`), "lock-range", 3],
  ["one number for two clients", `${HOSTS}  router/wg0/phone: 2\n`, "lock-duplicate", 4],
  ["one number given and released", `${HOSTS}released:\n  router/wg0/phone: 2\n`, "lock-duplicate", 5],
  ["one client twice", `${HOSTS}  router/wg0/laptop: 3\n`, "lock-duplicate", 4],
  [
    "one client twice among the released",
    "version: 1\nhosts: {}\nreleased:\n  router/wg0/a: 2\n  router/wg0/a: 3\n",
    "lock-duplicate",
    5,
  ],
  ["a path that climbs", `${HOSTS}  ../../etc/passwd: 3\n`, "lock-syntax", 4],
  ["a name with a shell in it", `${HOSTS}  router/wg0/$(id): 3\n`, "lock-syntax", 4],
  ["a tag", `${HOSTS}  router/wg0/a: !!js/function 3\n`, "lock-syntax", 4],
  ["an anchor", "version: 1\nhosts: &a\n", "lock-syntax", 2],
  ["nothing behind its version", "version: 1\n", "lock-cut", 1],
  ["no client behind its heading", "version: 1\nhosts:\nreleased: {}\n", "lock-cut", 2],
  ["nothing behind its first heading", "version: 1\n\nhosts:\n", "lock-cut", 3],
  ["nothing behind its clients", HOSTS, "lock-cut", 1],
  ["nothing behind its last heading", `${HOSTS}released:\n`, "lock-cut", 4],
  ["no clients", "version: 1\nreleased: {}\n", "lock-cut", 1],
];

test.each(broken)("%s is a problem at its line, and then nothing is read", (_, text, code, line) => {
  const { lock: read, problems } = parseLock(text);
  expect(problems.map((problem) => [problem.code, problem.line])).toContainEqual([code, line]);
  expect(read.hosts.size + read.released.size).toBe(0);
});

test("a number that is too high is repeated digit by digit", () => {
  const { problems } = parseLock(GOOD.replace(": 2", ": 9999999999999999"));
  expect(problems).toMatchObject([
    {
      message: "the lock file gives router/wg0/laptop number 9999999999999999, which no client can have",
      hint: "delete this line and run wirewright lock",
    },
  ]);
});

test("a client that holds a number may have left another one", () => {
  const both = `${HOSTS}released:\n  router/wg0/laptop: 3\n`;
  const { lock: read, problems } = parseLock(both);
  expect(problems).toEqual([]);
  expect([read.hosts, read.released]).toEqual([
    new Map([["router/wg0/laptop", 2]]),
    new Map([["router/wg0/laptop", 3]]),
  ]);
});

test("names of object properties are names like any other", () => {
  const { lock: read } = parseLock("version: 1\nhosts:\n  router/wg0/constructor: 2\nreleased: {}\n");
  expect(read.hosts).toEqual(new Map([["router/wg0/constructor", 2]]));
});

test("a file that is no lock ends after some problems, and one that is too large is not looked at", () => {
  expect(parseLock("x\n".repeat(100_000)).problems.length).toBeLessThan(30);
  expect(parseLock(`${GOOD}${" ".repeat(5_000_000)}`).problems).toMatchObject([
    { code: "file-too-large", message: "the lock file is larger than 4 MiB" },
  ]);
});

test("any text is read without a throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.nat(60), (junk, at) => {
      const text = `${GOOD.slice(0, at)}${junk}${GOOD.slice(at)}`;
      expect(Array.isArray(parseLock(text).problems)).toBe(true);
    }),
    { ...seeded, numRuns: 1000 },
  );
});
