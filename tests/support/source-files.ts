import { readdirSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const FOLDERS = ["bench", "cli", "components", "core", "device", "lab", "project", "tools"];

/** Every file of the program itself, tests apart, from the root of the checkout, sorted. */
export function sourceFiles(): readonly string[] {
  const inside = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
  );
  return ["index.ts", ...inside].filter((file) => /\.(ts|mjs|cjs|js)$/.test(file)).sort();
}
