import { parseAddress } from "../net/address.ts";
import { NAME } from "./names.ts";
import type { Path } from "./place.ts";
import { fieldsAt, isOptionalAt, issuesAt } from "./schema.ts";
import { quote } from "./text/quote.ts";
import { ADDRESS_IN_QUOTES, type Value } from "./text/tree.ts";

const WHOLE_FILE = "begin with version: 1 and servers, as domain.example.yaml does";
const PLAIN_DIGITS = "write plain decimal digits, without quotes";

/** What to write where the value is of another type than `wanted`; undefined when there is no telling. */
export function typeHint(wanted: string, path: Path, value: Value): string | undefined {
  if (path.length === 0) return WHOLE_FILE;
  if (value === null) return nothingHint(wanted, path);
  if (wanted === "a mapping" && Array.isArray(value)) return mappingHint(path, value);
  if (wanted.startsWith("text") && typeof value !== "object") return textHint(path, String(value));
  if (wanted === "text" && Array.isArray(value)) return bareHint(path, value);
  if (wanted.startsWith("text")) return addressHint(path, cutAddress(value));
  if (wanted === "a list" && typeof value === "string") return "put it in brackets: [ … ]";
  if (wanted === "a whole number") return PLAIN_DIGITS;
  return undefined;
}

function nothingHint(wanted: string, path: Path): string | undefined {
  if (wanted === "a mapping") return emptyMappingHint(path);
  if (wanted === "a list") return emptyListHint(path);
  if (wanted === "a whole number") return PLAIN_DIGITS;
  return wanted === "text" ? undefined : "name a subnet, self, peers or internet";
}

/** Quotes where they would help, and else what would be said of the text in them. */
function textHint(path: Path, text: string): string | undefined {
  const [issue] = issuesAt(path, text);
  return issue?.code === "custom" ? issue.params?.hint : `put it in quotes: "${text}"`;
}

/** The address behind `[fd00::]`, where its last colon makes a key of the rest. */
export function cutAddress(value: Value): string | undefined {
  if (value === null || typeof value !== "object") return undefined;
  const [[key, nothing] = [""], ...more] = Object.entries(value);
  const address = `${key}:`;
  return nothing === null && more.length === 0 && parseAddress(address) ? address : undefined;
}

/** And what would be said of it in quotes. */
function addressHint(path: Path, address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const [issue] = issuesAt(path, address);
  const next = issue?.code === "custom" ? issue.params?.hint : undefined;
  return next === undefined ? ADDRESS_IN_QUOTES : `${ADDRESS_IN_QUOTES}, and ${next}`;
}

/** For an address in brackets, which make it a list. */
function bareHint(path: Path, list: readonly (Value | undefined)[]): string | undefined {
  const [only, ...more] = list;
  if (more.length === 0 && only !== undefined && cutAddress(only)) return `${ADDRESS_IN_QUOTES}, without brackets`;
  if (typeof only !== "string" || more.length > 0 || issuesAt(path, only).length > 0) return undefined;
  // Not where it would be repeated in part, or not at all.
  return quote(only) === `"${only}"` ? `write "${only}", without brackets` : undefined;
}

/** `{}` only where it is accepted, and else the keys that it lacks. */
function emptyMappingHint(path: Path): string {
  const lacking = issuesAt(path, {}).map((issue) => String(issue.path.at(-1)));
  if (lacking.length > 0) return `write its keys: ${lacking.join(", ")}`;
  return fieldsAt(path).length > 0 ? "write {} for nothing special" : "write {} for none";
}

/** `[]` only where it is accepted. */
export function emptyListHint(path: Path): string {
  const first = issuesAt(path, []).length === 0 ? "write [] for none" : "add an entry";
  if (!isOptionalAt(path)) return first;
  return `${first}, or leave the key out${path.at(-1) === "ports" ? " (that opens every port)" : ""}`;
}

/** For a list where a mapping belongs: which keys it would have. */
function mappingHint(path: Path, list: readonly unknown[]): string {
  const fields = fieldsAt(path);
  if (fields.length > 0) return `write KEY: VALUE; its keys are ${fields.join(", ")}`;
  const names = list.filter((entry) => typeof entry === "string" && NAME.test(entry)).slice(0, 2);
  const isClients = path.at(-1) === "clients" && names.length > 0;
  return isClients ? `write { ${names.map((name) => `${name}: {}`).join(", ")} }` : "write NAME: VALUE for each";
}
