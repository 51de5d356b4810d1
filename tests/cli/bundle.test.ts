import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "./run.ts";

/** A checkout with packages, and a cache that is its own. */
function checkoutAt(root: string): void {
  for (const one of ["cli", "core", "project", "components", "device", "lab", "bench", "tools", "package.json"])
    if (existsSync(join(ROOT, one))) cpSync(join(ROOT, one), join(root, one), { recursive: true });
  const modules = join(root, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((one) => one !== ".cache"))
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
}

function run(root: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "cli/wirewright.mjs"), ...args], {
    encoding: "utf8",
  });
  return `${status} ${stdout}${stderr}`;
}

const noteOf = (root: string) => join(root, "node_modules/.cache/wirewright/bundle.json");
const bundleOf = (root: string): string => JSON.parse(readFileSync(noteOf(root), "utf8")).entry;

function change(file: string, from: string, to: string): void {
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

describe("the bundle of the command line", () => {
  let place: string;
  let root: string;
  let missing: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "wirewright-bundle-"));
    root = join(place, "checkout");
    missing = join(place, "none.yaml");
    checkoutAt(root);
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  test("is made once, and is what runs", () => {
    const first = run(root, "check", missing);
    const entry = bundleOf(root);
    expect(run(root, "check", missing)).toBe(first);
    expect(run(root, "--version")).toBe(run(ROOT, "--version"));
    expect(bundleOf(root)).toBe(entry);
    expect(statSync(dirname(entry)).mode & 0o777).toBe(0o755); // whoever may read the sources may run it
    change(entry, "find every fault", "find some fault");
    expect(run(root, "--help")).toContain("find some fault");
  });

  test("is made anew when a source has changed, near or far, or the packages have", () => {
    run(root, "check", missing);
    const first = bundleOf(root);
    change(join(root, "cli/main.ts"), "find every fault", "find each fault");
    expect(run(root, "--help")).toContain("find each fault");
    const before = run(root, "check", missing);
    const file = join(root, "project/read-text.ts");
    change(file, "the file does not exist", "no such file is here");
    expect(run(root, "check", missing)).toBe(before.replace("the file does not exist", "no such file is here"));
    const changed = bundleOf(root);
    expect(changed).not.toBe(first);
    const installed = join(root, "node_modules/.package-lock.json");
    unlinkSync(installed);
    writeFileSync(installed, "{}");
    run(root, "check", missing);
    expect(bundleOf(root)).not.toBe(changed);
  });

  test("stays when an old one can't be cleared away", () => {
    const cache = dirname(noteOf(root));
    mkdirSync(cache, { recursive: true });
    symlinkSync(join(place, "nowhere"), join(cache, "bundle-gone"));
    const first = run(root, "check", missing);
    const entry = bundleOf(root);
    expect(run(root, "check", missing)).toBe(first);
    expect([bundleOf(root), existsSync(entry)]).toEqual([entry, true]);
  });

  test("of one checkout is not the bundle of its copy", () => {
    run(root, "check", missing);
    const copy = join(place, "copy");
    cpSync(root, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    expect(bundleOf(copy)).toBe(bundleOf(root));
    change(bundleOf(root), "find every fault", "find some fault");
    expect(run(copy, "--help")).toContain("find every fault");
    expect(bundleOf(copy)).not.toBe(bundleOf(root));
  });

  test("is done without where it can't be made, or says nonsense", () => {
    const expected = run(root, "check", missing);
    writeFileSync(noteOf(root), "{");
    expect(run(root, "check", missing)).toBe(expected);
    unlinkSync(join(root, "node_modules/esbuild"));
    rmSync(noteOf(root));
    expect(run(root, "check", missing)).toBe(expected);
    expect(existsSync(noteOf(root))).toBe(false);
  });
});
