import type { z } from "zod";
import { cutAddress, emptyListHint, typeHint } from "./hints.ts";
import type { Fault, Path } from "./place.ts";
import { fieldsAt, issuesAt } from "./schema.ts";
import { didYouMean, simplified } from "./suggest.ts";
import { quote } from "./text/quote.ts";
import { type Value, valueAt } from "./text/tree.ts";

type Issue = z.core.$ZodIssue;
type RangeIssue = Issue & { readonly code: "too_small" | "too_big" };

/** Fields that people expect and that would hold a secret. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(
  ["privateKey", "presharedKey", "psk", "secret", "rootSecret", "password", "passphrase", "token"].map(simplified),
);

/** The faults behind one issue of the schema, in this program's words. */
export function faultsOf(issue: Issue, root: Value): Fault[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  const value = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, path, value));
    case "invalid_union":
      return unionFaults(issue, path, value, root);
    case "custom":
      return [{ code: issue.params?.code ?? "bad-value", path, message: issue.message, hint: issue.params?.hint }];
    case "invalid_type":
      return [value === undefined ? missingKey(path) : wrongType(issue.expected, path, value)];
    case "invalid_value":
      return [value === undefined ? missingKey(path) : badValue(issue.values, path, value)];
    case "too_small":
    case "too_big":
      return [issue.origin === "array" ? emptyList(path) : outOfRange(issue, path, value)];
    default:
      return [{ code: "bad-value", path, message: issue.message }];
  }
}

function unknownKey(key: string, path: Path, mapping: Value | undefined): Fault {
  const at = { path: [...path, key], part: "key" } as const;
  if (SECRET_FIELDS.has(simplified(key))) {
    const hint = "remove it: keys are derived from the root secret, which lives in the stack configuration";
    return {
      ...at,
      code: "secret-in-file",
      message: `${quote(key)} would hold a secret, and this file holds none`,
      hint,
    };
  }
  const fields = fieldsAt(path);
  const absent = fields.filter((field) => valueAt(mapping ?? null, [field]) === undefined);
  const hint = didYouMean(key, absent) ?? `known here: ${fields.join(", ")}`;
  return { ...at, code: "unknown-key", message: `${quote(key)} is not known here`, hint };
}

function missingKey(path: Path): Fault {
  return { code: "missing-key", path, message: `${quote(String(path.at(-1)))} is missing`, hint: "add it" };
}

const KINDS: Readonly<Record<string, string>> = {
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  string: "text",
  int: "a whole number",
  number: "a whole number",
};

function wrongType(expected: string, path: Path, value: Value): Fault {
  const wanted = KINDS[expected] ?? expected;
  const beyond = wanted === "a whole number" && typeof value === "string" && rangeIssue(path, value);
  if (beyond) return outOfRange(beyond, path, value);
  return {
    code: "wrong-type",
    path,
    message: `expected ${wanted}, found ${describe(value)}`,
    hint: typeHint(wanted, path, value),
  };
}

/** The limit that is exceeded by a number of more digits than are read as one; undefined for other texts. */
function rangeIssue(path: Path, text: string): RangeIssue | undefined {
  if (!/^-?[1-9][0-9]{15,}$/.test(text)) return undefined;
  const nearest = text.startsWith("-") ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
  return issuesAt(path, nearest).find((issue) => issue.code === "too_small" || issue.code === "too_big");
}

/** What stands in the file instead. */
function describe(value: Value): string {
  if (value === null) return "nothing";
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object") return `the ${typeof value === "number" ? "number" : "truth value"} ${value}`;
  return Array.isArray(value) ? "a list" : "a mapping";
}

function badValue(allowed: readonly unknown[], path: Path, value: Value): Fault {
  const wanted = allowed.map(String);
  const quoted = allowed.find((one) => typeof one === "number" && String(one) === value);
  if (quoted !== undefined) {
    return {
      code: "bad-value",
      path,
      message: `${quote(String(value))} is text here`,
      hint: `write ${quoted} without quotes`,
    };
  }
  // A number in quotes would be text.
  const words = allowed.filter((one) => typeof one === "string");
  const hint = (typeof value === "string" && didYouMean(value, words)) || `write ${wanted.join(" or ")}`;
  return { code: "bad-value", path, message: `${describe(value)} is not possible here`, hint };
}

function emptyList(path: Path): Fault {
  return { code: "empty-list", path, message: "the list is empty", hint: emptyListHint(path) };
}

function outOfRange(issue: RangeIssue, path: Path, value: Value | undefined): Fault {
  const limit = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  return { code: "out-of-range", path, message: `${describe(value ?? null)} is out of range`, hint: `write ${limit}` };
}

/** Of the alternatives, the one whose kind the value has; its issues are the ones that help. */
function unionFaults(
  issue: Issue & { code: "invalid_union" },
  path: Path,
  value: Value | undefined,
  root: Value,
): Fault[] {
  if (value === undefined) return [missingKey(path)];
  const fitting = issue.errors.find((inner) => !inner.some((i) => i.code === "invalid_type" && i.path.length === 0));
  if (fitting === undefined || cutAddress(value)) return [wrongType("text or a mapping", path, value)];
  return fitting.flatMap((inner) => faultsOf({ ...inner, path: [...issue.path, ...inner.path] }, root));
}
