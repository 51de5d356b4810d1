import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingBenchPackages } from "../../lab/packages.ts";

const { PATH = "" } = process.env;
let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "wirewright-packages-"));
  process.env.PATH = place;
});
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(place, { recursive: true });
});

test("a benchmark asks for each of its tools that nobody has installed, and for no other", () => {
  expect(missingBenchPackages()).toEqual(["fping", "iperf3"]);
  writeFileSync(join(place, "fping"), "", { mode: 0o755 });
  expect(missingBenchPackages()).toEqual(["iperf3"]);
});
