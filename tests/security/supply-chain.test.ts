import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const json = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8"));

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

const { packages }: { packages: Record<string, Locked> } = json("package-lock.json");
const locked = Object.entries(packages).filter(([path]) => path !== "");

test("S27 supply chain: each direct dependency is one exact version, the one that is locked", () => {
  const { dependencies, devDependencies, optionalDependencies } = json("package.json");
  const direct = Object.entries<string>({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(direct.length).toBeGreaterThan(15);
  for (const [name, version] of direct) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect([name, packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
  }
});

test("S27 supply chain: everything that gets installed here has a checksum in the lock file", () => {
  const unsummed = locked.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? ""));
  // What the registry gave no checksum for is a binary of a platform that is not this one.
  expect(unsummed.filter(([, { optional, os }]) => !(optional && os))).toEqual([]);
  expect(unsummed.filter(([path]) => existsSync(join(ROOT, path)))).toEqual([]);
  expect(locked.length - unsummed.length).toBeGreaterThan(400);
});

test("S27 supply chain: no install script of a package runs, and none is needed", () => {
  expect(readFileSync(join(ROOT, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
  expect(readFileSync(join(ROOT, "tools/run.sh"), "utf8")).toMatch(/npm ci --ignore-scripts /);
  expect(json("package.json").scripts).not.toHaveProperty(["postinstall"]);
  // What ssh2 would build, if its script had run: all of these tests run without it.
  expect(existsSync(join(ROOT, "node_modules/ssh2/lib/protocol/crypto/build"))).toBe(false);
});

test("S27 supply chain: the intent is read by `yaml` alone; js-yaml comes with others, in a version that is sound", () => {
  const older = ([, { version }]: readonly [string, Locked]) =>
    version.localeCompare("4.3.2", "en", { numeric: true }) < 0;
  const copies = locked.filter(([path]) => path.endsWith("node_modules/js-yaml"));
  expect(copies.length).toBeGreaterThan(0);
  // Fixed in 4.3.2: a merge key that never ends (CVE-2026-84375). An older one reads our own test settings and nothing else.
  expect(copies.filter(older).filter(([, { dev }]) => !dev)).toEqual([]);
  expect(json("package.json").dependencies).toHaveProperty("yaml");
  expect(json("package.json").dependencies).not.toHaveProperty("js-yaml");
});
