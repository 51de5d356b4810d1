import { quote } from "../domain/text/quote.ts";
import { type Address, parseAddress } from "../net/address.ts";

export interface SettingProblem {
  /** Printable, as `named` has it. */
  readonly key: string;
  /** What was found and what to write. */
  readonly message: string;
}

type Checked<T> = { readonly value: T } | { readonly want: string };
export type Check<T> = (raw: unknown) => Checked<T>;

const fits = <T>(value: T | undefined, want: string): Checked<T> => (value === undefined ? { want } : { value });

/** Pulumi hands settings over as text, and a YAML file as what it says; both are accepted. */
export const integer =
  (lowest: number, highest: number): Check<number> =>
  (raw) => {
    const number = typeof raw === "string" && /^\d{1,10}$/.test(raw) ? Number(raw) : raw;
    const isInside = typeof number === "number" && Number.isInteger(number) && number >= lowest && number <= highest;
    return fits(isInside ? number : undefined, `a whole number from ${lowest} to ${highest}`);
  };

export const oneOf =
  <T extends string>(...values: readonly T[]): Check<T> =>
  (raw) =>
    fits(
      values.find((value) => value === raw),
      values.join(", "),
    );

export const text =
  (pattern: RegExp, want: string): Check<string> =>
  (raw) =>
    fits(typeof raw === "string" && pattern.test(raw) ? raw : undefined, want);

/** YAML 1.1 tools read a bare `on` as true. */
export const onOff: Check<"on" | "off"> = (raw) =>
  oneOf("on", "off")(typeof raw === "boolean" ? (raw ? "on" : "off") : raw);

export const addresses: Check<readonly Address[]> = (raw) => {
  const list = fromJson(raw);
  const parsed = Array.isArray(list)
    ? list.map((item) => (typeof item === "string" ? parseAddress(item) : undefined))
    : [undefined];
  const good = parsed.filter((address) => address !== undefined);
  return fits(good.length === parsed.length ? good : undefined, 'a list of addresses, for example ["192.168.1.1"]');
};

export type Values<C> = { readonly [K in keyof C]?: C[K] extends Check<infer T> ? T : never };

/** Reads the known settings out of `raw` and adds a problem for each that is unknown or can't be used; `elsewhere` are read by others. */
export function checkAll<C extends Readonly<Record<string, Check<unknown>>>>(
  raw: Readonly<Record<string, unknown>>,
  checks: C,
  prefix: string,
  problems: SettingProblem[],
  elsewhere: readonly string[] = [],
): Values<C> {
  const known = new Map(Object.entries(checks));
  const values = Object.entries(raw).flatMap(([key, value]) => {
    const checked = known.get(key)?.(value) ?? { want: undefined };
    if ("value" in checked) return [[key, checked.value] as const];
    const message =
      checked.want === undefined
        ? `is no setting; there are ${[...known.keys(), ...elsewhere].join(", ")}`
        : complaint(value, checked.want);
    problems.push({ key: `${prefix}${named(key)}`, message });
    return [];
  });
  return Object.fromEntries(values) as Values<C>;
}

/** A name that the user gave, for a message: as it is, or quoted where it holds what is not printable or may be a key. */
export function named(key: string): string {
  const quoted = quote(key);
  return quoted === `"${key}"` ? key : quoted;
}

/** An encrypted value is an object with `secure`; it is never shown, and neither is anything long. */
export function complaint(value: unknown, want: string): string {
  const isPlain = typeof value === "number" || typeof value === "boolean";
  const shown = typeof value === "string" ? quote(value) : isPlain ? String(value) : "this";
  return `${shown.length > 32 ? "this" : shown} can't be used; write ${want}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Text that is JSON as what it says, anything else as it is. */
export function fromJson(raw: unknown): unknown {
  if (typeof raw !== "string") return raw;
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
