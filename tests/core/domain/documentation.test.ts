import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NAME } from "../../../core/domain/names.ts";
import { CATALOGUE } from "./catalogue.ts";
import { problemOf, withGenerated } from "./documentation.ts";
import { domainJsonSchema, FIELDS, type Node } from "./json-schema.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

test("the JSON Schema for editors is current; npm run docs:domain makes it so", () => {
  expect(JSON.parse(read("docs/domain.schema.json"))).toEqual(JSON.parse(JSON.stringify(domainJsonSchema())));
});

test("the tables of docs/domain.md are current; npm run docs:domain makes them so", () => {
  const page = read("docs/domain.md");
  expect(withGenerated(page)).toBe(page);
});

const specimens = Object.values(CATALOGUE).flat();

test.each(specimens.map((specimen) => [specimen.code, specimen] as const))(
  "%s is what its example gets",
  (_, specimen) => {
    expect(problemOf(specimen)).toBeDefined();
  },
);

test("every code in the source has an example, and no example is of another code", () => {
  const sources = ["core/domain", "core/plan", "project"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name)),
  );
  const text = sources.map(read).join("\n");
  const places = /(?:code: |(?:refuse|fault)\(\s*|complain\(\s*table,\s*\w+,\s*)"([a-z-]+)"/g;
  const literal = [...text.matchAll(places)].map(([, code]) => code);
  const made = [
    ...["syntax", "non-canonical", "low-order", "all-zero"].map((fault) => `key-${fault}`),
    ...["subnet", "profile", "server", "interface", "client"].map((kind) => `unknown-${kind}`),
  ];
  // `custom` is zod's word for a refusal that carries a code of ours.
  const codes = new Set([...literal, ...made].filter((code) => code !== "custom"));
  expect(specimens.map(({ code }) => code).sort()).toEqual([...codes].sort());
});

function pathsOf({ properties = {}, additionalProperties, items, anyOf = [] }: Node, path: string): string[] {
  const below = (name: string): string => (path === "" ? name : `${path}.${name}`);
  return [
    ...(path === "" ? [] : [path]),
    ...Object.entries(properties).flatMap(([name, child]) => pathsOf(child, below(name))),
    ...(typeof additionalProperties === "object" ? pathsOf(additionalProperties, below("*")) : []),
    ...(items ? pathsOf(items, `${path}[]`) : []),
    ...anyOf.flatMap((option) => (option.properties ? pathsOf(option, path) : [])),
  ];
}

test("every field is described, and nothing else is", () => {
  expect([...new Set(pathsOf(domainJsonSchema(), ""))].sort()).toEqual(Object.keys(FIELDS).sort());
});

test("names that the grammar allows and the file still refuses are documented", () => {
  const page = read("docs/domain.md");
  const refused = ["prototype", ...Object.getOwnPropertyNames(Object.prototype)].filter((name) => NAME.test(name));
  expect(refused.length).toBeGreaterThan(0);
  for (const name of refused) expect(page).toContain(`\`${name}\``);
});
