import { load } from "../../../core/domain/load.ts";
import type { Problem } from "../../../core/domain/problem.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock, parseLock } from "../../../core/plan/lock-file.ts";
import { tryReadText } from "../../../project/read-text.ts";
import { CATALOGUE, type Specimen } from "./catalogue.ts";
import { FIELDS, type Field } from "./json-schema.ts";

/** The problem that a specimen is there to show. */
export function problemOf({ code, text, lock, file }: Specimen): Problem | undefined {
  const { domain, problems } = load(text);
  const parsed = lock === undefined ? { lock: emptyLock, problems: [] } : parseLock(lock);
  const compiled = domain && compile(domain, parsed.lock);
  const unreadable = file === undefined ? undefined : tryReadText(file).problem;
  const all = [...(unreadable ? [unreadable] : problems), ...parsed.problems, ...(compiled?.problems ?? [])];
  return all.find((problem) => problem.code === code);
}

function fieldRows(): string {
  const example = ({ examples = [] }: Field): string => examples.map((text) => `\`${text}\``).join(", ");
  const rows = Object.entries(FIELDS).map(
    ([path, field]) => `| \`${path}\` | ${field.description} | ${example(field)} |`,
  );
  return ["| field | what it says | for example |", "| --- | --- | --- |", ...rows].join("\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\n\s*/g, " ");

function errorRow(specimen: Specimen): string {
  const { message, hint } = problemOf(specimen) ?? { message: "?", hint: undefined };
  const said = hint === undefined ? message : `${message}; ${hint}`;
  return `| \`${specimen.code}\` | \`${cell(specimen.shown)}\` | ${cell(said)} |`;
}

function errorTables(): string {
  return Object.entries(CATALOGUE)
    .map(([title, specimens]) =>
      [
        `### ${title}`,
        "",
        "| code | for example | what is said |",
        "| --- | --- | --- |",
        ...specimens.map(errorRow),
      ].join("\n"),
    )
    .join("\n\n");
}

/** The page with its generated parts, between `<!-- NAME -->` and `<!-- /NAME -->`, as they should be. */
export function withGenerated(page: string): string {
  const replace = (text: string, name: string, content: string): string =>
    text.replace(
      new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(\n<!-- /${name} -->)`),
      (_, start: string, end: string) => `${start}\n${content}\n${end}`,
    );
  return replace(replace(page, "fields", fieldRows()), "errors", errorTables());
}
