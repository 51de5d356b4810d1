import { type Parsed, refuse } from "./leaf.ts";
import type { Fault, Path } from "./place.ts";
import { quote } from "./text/quote.ts";
import type { Mapping, Value } from "./text/tree.ts";

export const NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;
/** The kernel's IFNAMSIZ is 16 with the final NUL. */
export const INTERFACE_NAME = /^[a-z0-9][a-z0-9-]{0,14}$/;

/** Names that mean something else where such a name is used. */
const RESERVED = {
  name: [],
  // `all` and `default` are settings of every interface under /proc/sys/net, `lo` is always there, and `wg show interfaces`
  // lists them; `dev` is the word before a link's name in what ip prints; the others are names of the helper's own files on
  // a device, beside the directories of its interfaces.
  interface: [
    "all",
    "booted",
    "default",
    "dev",
    "interfaces",
    "journal",
    "ledger",
    "lo",
    "lock",
    "made-uapi",
    "others",
    "revision",
    "wgctl",
  ],
  subnet: ["self", "peers", "internet"],
} as const;

export type NameKind = keyof typeof RESERVED;

export function parseName(text: string, kind: NameKind): Parsed<string> {
  const reserved: readonly string[] = RESERVED[kind];
  if (reserved.includes(text))
    return refuse("reserved-name", `${quote(text)} has a meaning of its own`, "choose another name");
  if (kind === "interface" && NAME.test(text) && !INTERFACE_NAME.test(text)) {
    return refuse("bad-name", `${quote(text)} is longer than the 15 bytes of an interface name`, "shorten it");
  }
  if (NAME.test(text)) return { value: text };
  const hint = "use 1 to 31 of a-z, 0-9 and -, not beginning with -";
  return refuse("bad-name", `${quote(text)} is not a name`, hint);
}

/** Where the keys of a mapping are names of things; `*` stands for any key or index. */
const NAMED: readonly (readonly [readonly string[], NameKind])[] = [
  [["servers"], "name"],
  [["servers", "*", "interfaces"], "interface"],
  [["subnets"], "subnet"],
  [["profiles"], "name"],
  [["bindings", "*", "clients"], "name"],
];

/** Every name in the file that is none. Apart from the schema, which would not look at what stands behind such a name. */
export function nameFaults(root: Value): Fault[] {
  return NAMED.flatMap(([pattern, kind]) =>
    mappingsAt(root, pattern).flatMap(({ mapping, path }) =>
      Object.keys(mapping).flatMap((name) => {
        const parsed = parseName(name, kind);
        return "refusal" in parsed ? [{ ...parsed.refusal, path: [...path, name], part: "key" as const }] : [];
      }),
    ),
  );
}

/** The mappings at a path in which `*` stands for any key or index. */
export function mappingsAt(
  value: Value | undefined,
  [step, ...rest]: readonly string[],
  path: Path = [],
): { mapping: Mapping; path: Path }[] {
  if (value === null || typeof value !== "object") return [];
  if (step === undefined) return Array.isArray(value) ? [] : [{ mapping: value as Mapping, path }];
  const steps = step === "*" ? Object.keys(value) : [step];
  return steps.flatMap((key) =>
    mappingsAt((value as Mapping)[key], rest, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
