import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/**
 * What each place may import besides itself. `types` after a name: only `import type` of it. `node:` is what comes with
 * Node; `packages` is any of package.json. The longest place that fits a file counts.
 */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  "core/net": ["@noble/"],
  "core/domain": ["core/net", "yaml", "zod"],
  "core/plan": ["core/domain types", "core/domain/problem.ts", "core/domain/text/quote.ts", "core/net"],
  "core/render": ["core/plan types", "core/plan/policy.ts", "core/plan/internet.ts", "core/net"],
  "core/live": ["core/plan types", "core/net"],
  "core/live/audit.ts": ["core/live", "core/plan types", "core/plan/stack.ts", "core/render/document.ts", "core/net"],
  // What everybody may ask of an error.
  "core/thrown.ts": [],
  project: ["core", "device", "node:"],
  device: ["core/thrown.ts", "ssh2", "node:"],
  // Not the SDK as a whole, nor what loads it: see components/engine.ts.
  components: [
    "core/plan types",
    "core/render",
    "core/net",
    "core/thrown.ts",
    "device/protocol.ts",
    "@pulumi/pulumi/",
    "@pulumi/command types",
  ],
  bench: ["core/thrown.ts", "node:crypto", "node:buffer"],
  "bench/stats": [],
  // Pure readers of raw tool output; no clock, no disk.
  "bench/report": ["bench/model.ts", "bench/metrics.ts", "bench/read/iperf3.ts"],
  lab: ["core/net", "core/thrown.ts", "core/plan", "core/domain types", "device", "tools", "node:"],
  tools: ["node:"],
  cli: ["core", "project", "device", "bench", "lab", "tools", "node:", "packages"],
  "index.ts": ["core", "project", "device", "components", "node:"],
};

/** Data in, data out: whatever has a clock, chance, a disk or an environment is elsewhere. */
const IMPURE =
  /\b(?:Date\.now|new Date\(\)|Math\.random|process\.|performance\.|crypto\.|fetch\(|console\.|setTimeout|setInterval|Promise\b|async\b|await\b)/;

interface Import {
  readonly file: string;
  /** A file of this repository, a package or `node:…`. */
  readonly target: string;
  readonly isType: boolean;
}

const ROOT = join(import.meta.dirname, "..");
const STATIC = /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\("([^"]+)"\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const resolve = (specifier: string): string =>
    specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier;
  return [
    ...[...text.matchAll(STATIC)].map(([, type, to = ""]) => ({
      file,
      target: resolve(to),
      isType: type !== undefined,
    })),
    ...[...text.matchAll(DYNAMIC)].map(([, to = ""]) => ({ file, target: resolve(to), isType: false })),
  ];
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

const FOLDERS = [...new Set(Object.keys(TABLE).map((key) => key.split("/")[0] ?? ""))].filter(
  (name) => name !== "index.ts",
);
const FILES = ["index.ts", ...FOLDERS.flatMap(sourcesIn)];

const PACKAGES: readonly string[] = Object.keys(
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).dependencies,
);

const isUnder = (target: string, place: string): boolean =>
  target === place || target.startsWith(place.endsWith("/") || place.endsWith(":") ? place : `${place}/`);

function ruleFor(file: string): string | undefined {
  return Object.keys(TABLE)
    .filter((place) => isUnder(file, place))
    .sort((a, b) => b.length - a.length)[0];
}

function isAllowed({ file, target, isType }: Import): boolean {
  const rule = ruleFor(file);
  if (rule === undefined) return false;
  if (isUnder(target, rule)) return true;
  return (TABLE[rule] ?? []).some((entry) => covers(entry, { target, isType }));
}

function covers(entry: string, { target, isType }: Pick<Import, "target" | "isType">): boolean {
  const [place = "", only] = entry.split(" ");
  if (place === "packages") return PACKAGES.some((name) => isUnder(target, name));
  return isUnder(target, place) && (only !== "types" || isType);
}

test("every import is in the table of what may import what", () => {
  const forbidden = FILES.flatMap(importsOf).filter((one) => !isAllowed(one));
  expect(forbidden.map(({ file, target, isType }) => `${file} imports ${isType ? "types of " : ""}${target}`)).toEqual(
    [],
  );
});

test("every row of the table speaks of files that exist", () => {
  const unused = Object.keys(TABLE).filter((place) => !FILES.some((file) => ruleFor(file) === place));
  expect(unused).toEqual([]);
});

test("every entry of a row is made use of", () => {
  const imports = FILES.flatMap(importsOf);
  const unused = Object.entries(TABLE).flatMap(([row, entries]) => {
    const own = imports.filter(({ file }) => ruleFor(file) === row);
    return entries.filter((entry) => !own.some((one) => covers(entry, one))).map((entry) => `${row}: ${entry}`);
  });
  expect(unused).toEqual([]);
});

test("core is pure: no clock, chance, disk, network, promise or environment", () => {
  const code = (file: string): string =>
    readFileSync(join(ROOT, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, "");
  const impure = FILES.filter((file) => file.startsWith("core/")).flatMap((file) => {
    const found = IMPURE.exec(code(file));
    return found ? [`${file}: ${found[0]}`] : [];
  });
  expect(impure).toEqual([]);
});
