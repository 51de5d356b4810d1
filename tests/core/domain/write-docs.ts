// npm run docs:domain: writes the JSON Schema for editors and the generated tables of docs/domain.md.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withGenerated } from "./documentation.ts";
import { domainJsonSchema } from "./json-schema.ts";

const docs = join(import.meta.dirname, "../../../docs");
const page = join(docs, "domain.md");
writeFileSync(join(docs, "domain.schema.json"), `${JSON.stringify(domainJsonSchema(), null, 2)}\n`);
writeFileSync(page, withGenerated(readFileSync(page, "utf8")));
