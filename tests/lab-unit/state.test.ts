import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientRecords, clientsDir, DEED, deedOf, type Lab } from "../../lab/state.ts";

let lab: Lab;

beforeEach(() => {
  const dir = mkdtempSync(join(tmpdir(), "wirewright-state-"));
  lab = { name: "x", dir, checkout: dir };
  mkdirSync(clientsDir(lab));
});
afterEach(() => rmSync(lab.dir, { recursive: true, maxRetries: 5 }));

test("a client that goes while the clients are read is no client", () => {
  const record = { name: "a", at: "lan", host: 100 };
  writeFileSync(join(clientsDir(lab), "a.json"), JSON.stringify(record));
  // Listed, and not there when it is opened.
  symlinkSync("gone", join(clientsDir(lab), "b.json"));
  expect(clientRecords(lab)).toEqual([record]);
  rmSync(clientsDir(lab), { recursive: true });
  expect(clientRecords(lab)).toEqual([]);
});

test("a lab that comes and goes meanwhile is there or not, and no error", async () => {
  const deed = JSON.stringify({ checkout: lab.dir });
  writeFileSync(join(lab.dir, "new"), deed);
  const script = 'cd "$1"; while :; do ln new "$2"; rm "$2"; done';
  const other = spawn("sh", ["-c", script, "sh", lab.dir, DEED], { stdio: "ignore" });
  try {
    const seen = new Set<string>();
    const end = Date.now() + 10_000;
    for (let looks = 0; Date.now() < end && (seen.size < 2 || looks < 20_000); looks++)
      seen.add(JSON.stringify(deedOf(lab)) ?? "none");
    expect([...seen].sort()).toEqual(["none", deed].sort());
  } finally {
    other.kill("SIGKILL");
    await new Promise((resolve) => other.once("close", resolve));
  }
});
