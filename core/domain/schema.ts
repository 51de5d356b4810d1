import { z } from "zod";
import {
  clientAddress,
  clientPath,
  endpoint,
  expectedTarget,
  interfacePath,
  name,
  network,
  ports,
  publicKey,
  unicastAddress,
} from "./leaves.ts";
import type { Path } from "./place.ts";

/** Epochs only count up by hand; a limit keeps them readable. */
const HIGHEST_EPOCH = 1_000_000;

/**
 * The shape of an intent file. `strict` is the grammar. `lenient` is the same with everything optional: what is left of
 * a file without its faulty parts passes it, so that the other rules can still be checked. Both have the lenient type.
 */
function shape(mode: "strict" | "lenient") {
  const need = <T extends z.ZodType>(schema: T): z.ZodOptional<T> =>
    mode === "lenient" ? schema.optional() : (schema as unknown as z.ZodOptional<T>);
  const listOf = <T extends z.ZodType>(schema: T) => {
    const list = z.array(need(schema));
    return mode === "lenient" ? list : list.min(1);
  };
  const epoch = z.int().min(1).max(HIGHEST_EPOCH);
  const networkInterface = z.strictObject({
    port: need(z.int().min(1).max(65535)),
    network: need(listOf(network)),
    epoch: epoch.optional(),
  });
  const server = z.strictObject({
    address: need(unicastAddress),
    endpoint: endpoint.optional(),
    interfaces: need(z.record(z.string(), networkInterface)),
  });
  const reach = z.union([
    name,
    z.strictObject({
      to: need(name),
      ports: listOf(ports).optional(),
    }),
  ]);
  const client = z.strictObject({
    publicKey: publicKey.optional(),
    epoch: epoch.optional(),
    pskEpoch: epoch.optional(),
    subnets: listOf(name).optional(),
    address: clientAddress.optional(),
  });
  const binding = z.strictObject({
    profile: need(name),
    interface: need(interfacePath),
    clients: need(z.record(z.string(), client)),
  });
  const expectation = z.strictObject({
    from: need(clientPath),
    to: need(expectedTarget),
    port: ports.optional(),
    verdict: need(z.enum(["allow", "deny"])),
  });
  return z.strictObject({
    version: need(z.literal(1)),
    servers: need(z.record(z.string(), server)),
    subnets: z.record(z.string(), listOf(network)).optional(),
    profiles: z.record(z.string(), z.strictObject({ reach: need(listOf(reach)) })).optional(),
    bindings: z.array(need(binding)).optional(),
    expect: z.array(need(expectation)).optional(),
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
  let schemas: readonly z.core.$ZodType[] = [domainSchema];
  for (const step of path) schemas = schemas.flatMap(unwrapped).flatMap((schema) => inside(schema, String(step)));
  return schemas
    .flatMap(unwrapped)
    .flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
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
