import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emptyLock, formatLock } from "../../core/plan/lock-file.ts";
import { readIntent } from "../../project/intent.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wirewright-intent-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Client b has 10.1.0.3 while everything is well. */
const domain = (a: string): string => `version: 1
servers:
  r: { address: 192.0.2.1, interfaces: { wg0: { port: 1, network: [10.1.0.0/29] } } }
profiles: { p: { reach: [peers] } }
bindings:
  - { profile: p, interface: r/wg0, clients: { a: ${a}, b: {}, c: { address: 10.1.0.4 } } }
expect:
  - { from: r/wg0/b, to: 10.1.0.2, port: tcp/22, verdict: allow }
  - { from: r/wg0/b, to: 192.0.2.9, verdict: allow }
`;

function codesOf(a: string, lock: string): string[] {
  const file = join(directory, "domain.yaml");
  writeFileSync(file, domain(a));
  writeFileSync(join(directory, "domain.lock.yaml"), lock);
  return readIntent(file).problems.map(({ code, path }) => `${code} ${path}`);
}

const hosts = (...lines: readonly string[]): string =>
  `version: 1\nhosts:\n${lines.map((line) => `  ${line}\n`).join("")}released: {}\n`;

test("an expectation of a tunnel address waits while the numbers are in doubt, and the others do not", () => {
  const contradicted = "expectation expect[1]";
  expect(codesOf("{}", hosts("r/wg0/a: 2", "r/wg0/b: 3"))).toEqual([contradicted]);
  expect(codesOf("{ address: 10.1.0.9/32 }", formatLock(emptyLock))).toEqual([
    "bad-address bindings[0].clients.a.address",
    contradicted,
  ]);
  expect(codesOf("{}", hosts("r/wg0/a: 7"))).toEqual(["lock-outside bindings[0].clients.a", contradicted]);
  expect(codesOf("{}", hosts("r/wg0/a: 4"))).toEqual(["address-taken bindings[0].clients.c.address", contradicted]);
  const lock = hosts("r/wg0/b: 2", "r/wg0/z: 2");
  expect(codesOf("{ address: 10.1.0.5 }", lock)).toEqual([contradicted, "lock-duplicate r/wg0/z"]);
  // Where nothing is in doubt it is told: b has that address itself.
  expect(codesOf("{}", hosts("r/wg0/b: 2"))).toEqual(["expectation expect[0]", contradicted]);
});

test("the lock is not held against anybody while an address is faulty: a's mended one may leave number 4 to c", () => {
  expect(codesOf("{ address: 10.1.0.9/32 }", hosts("r/wg0/a: 4"))).toEqual([
    "bad-address bindings[0].clients.a.address",
    "expectation expect[1]",
  ]);
});
