import { z } from "zod";
import {
  clientAddress,
  clientPath,
  endpoint,
  expectedTarget,
  interfacePath,
  name,
  ports,
  publicKey,
  subnet,
  target,
  tunnelNetwork,
  unicastAddress,
} from "./leaves.ts";
import type { Path } from "./place.ts";

/** Epochs only count up by hand; a limit keeps them readable. */
const HIGHEST_EPOCH = 1_000_000;

/**
 * Issues that are kept of one list or mapping. The library hands them up as arguments of one call, of which the stack
 * takes about 120,000.
 */
const MOST_ISSUES = 10_000;
export const MORE_PROBLEMS = { code: "more-problems", hint: "mend the others first, then check again" } as const;

/** The list or mapping, with a last issue in place of those beyond the most. */
function capped<T extends z.ZodType>(container: T): T {
  const cut: z.core.CheckFn<unknown> = ({ issues }) => {
    const beyond = issues[MOST_ISSUES];
    if (beyond === undefined) return;
    const { path = [], input } = beyond;
    const own = beyond.code === "unrecognized_keys" ? beyond.keys : [];
    const message = `from here on problems are left out, for this list or mapping has over ${MOST_ISSUES}`;
    const last = { code: "custom" as const, path: [...path, ...own], input, message, params: MORE_PROBLEMS };
    issues.splice(MOST_ISSUES, Number.POSITIVE_INFINITY, last);
  };
  // By itself a check is left out where something is faulty already.
  return container.check(z.core._check(cut, { when: () => true }));
}

/** The mapping without other keys, each of which is an issue of its own, so that they count like all others. */
function fields<T extends z.ZodRawShape>(shape: T) {
  const apart: z.core.CheckFn<unknown> = ({ issues }) => {
    // The library's one issue about them comes last; one of a single key may be from further in.
    const issue = issues.at(-1);
    if (issue?.code !== "unrecognized_keys") return;
    const keys = issue.keys.slice(0, MOST_ISSUES + 1);
    issues.splice(-1, 1, ...keys.map((key) => ({ ...issue, keys: [key] })));
  };
  return capped(z.strictObject(shape).check(z.core._check(apart, { when: () => true })));
}

/**
 * The shape of an intent file. `strict` is the grammar. `lenient` is the same with everything optional: what is left of
 * a file without its faulty parts passes it, so that the other rules can still be checked. Both have the lenient type.
 */
function shape(mode: "strict" | "lenient") {
  const need = <T extends z.ZodType>(schema: T): z.ZodOptional<T> =>
    mode === "lenient" ? schema.optional() : (schema as unknown as z.ZodOptional<T>);
  const listOf = <T extends z.ZodType>(schema: T) => {
    const list = z.array(need(schema));
    return capped(mode === "lenient" ? list : list.min(1));
  };
  const namesTo = <T extends z.ZodType>(schema: T) => capped(z.record(z.string(), schema));
  const epoch = z.int().min(1).max(HIGHEST_EPOCH);
  const networkInterface = fields({
    port: need(z.int().min(1).max(65535)),
    network: need(listOf(tunnelNetwork)),
    epoch: epoch.optional(),
  });
  const server = fields({
    address: need(unicastAddress),
    endpoint: endpoint.optional(),
    interfaces: need(namesTo(networkInterface)),
  });
  const reach = z.union([
    target,
    fields({
      to: need(target),
      ports: listOf(ports).optional(),
    }),
  ]);
  const client = fields({
    publicKey: publicKey.optional(),
    epoch: epoch.optional(),
    pskEpoch: epoch.optional(),
    subnets: listOf(target).optional(),
    address: clientAddress.optional(),
  });
  const binding = fields({
    profile: need(name),
    interface: need(interfacePath),
    clients: need(namesTo(client)),
  });
  const expectation = fields({
    from: need(clientPath),
    to: need(expectedTarget),
    port: ports.optional(),
    verdict: need(z.enum(["allow", "deny"])),
  });
  return fields({
    version: need(z.literal(1)),
    servers: need(namesTo(server)),
    subnets: namesTo(listOf(subnet)).optional(),
    profiles: namesTo(fields({ reach: need(listOf(reach)) })).optional(),
    bindings: capped(z.array(need(binding))).optional(),
    expect: capped(z.array(need(expectation))).optional(),
  });
}

export const domainSchema = shape("strict");

let lenient: typeof domainSchema | undefined;

/** Built when the first file has faults, and not before. */
export function draftSchema(): typeof domainSchema {
  lenient ??= shape("lenient");
  return lenient;
}

/** What is left of a file when its faulty parts are taken out; everything may be missing. */
export type Draft = z.output<typeof domainSchema>;

/** The fields of the mapping at this path, for suggestions; none where names are free. */
export function fieldsAt(path: Path): readonly string[] {
  return schemasAt(path).flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
}

/** Whether the key that this path ends with may be left out. */
export function isOptionalAt(path: Path): boolean {
  const around = schemasAt(path.slice(0, -1));
  return around
    .flatMap((schema) => inside(schema, String(path.at(-1))))
    .some((field) => field instanceof z.ZodOptional);
}

/** What would be said of this value at this path, for advice that is not refused next. */
export function issuesAt(path: Path, value: unknown): readonly z.core.$ZodIssue[] {
  return schemasAt(path).flatMap((schema) => z.core.safeParse(schema, value).error?.issues ?? []);
}

function schemasAt(path: Path): readonly z.core.$ZodType[] {
  let schemas: readonly z.core.$ZodType[] = [domainSchema];
  for (const step of path) schemas = schemas.flatMap(unwrapped).flatMap((schema) => inside(schema, String(step)));
  return schemas.flatMap(unwrapped);
}

function unwrapped(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional) return unwrapped(schema.unwrap());
  return schema instanceof z.ZodUnion ? schema.options.flatMap(unwrapped) : [schema];
}

function inside(schema: z.core.$ZodType, step: string): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodObject) return [schema.shape[step]].filter((field) => field !== undefined);
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  return schema instanceof z.ZodArray ? [schema.element] : [];
}
