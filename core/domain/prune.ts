import type { Path } from "./place.ts";
import type { Mapping, Value } from "./text/tree.ts";

/** The value without what is at these paths. Lists keep their length, so that every path stays true. */
export function without(value: Value, paths: readonly Path[]): Value | undefined {
  if (paths.some((path) => path.length === 0)) return undefined;
  if (value === null || typeof value !== "object" || paths.length === 0) return value;
  const deeper = Map.groupBy(paths, (path) => path[0]);
  const rest = (child: Value | undefined, step: string | number): Value | undefined =>
    child === undefined
      ? undefined
      : without(
          child,
          (deeper.get(step) ?? []).map((path) => path.slice(1)),
        );
  return Array.isArray(value) ? value.map(rest) : withoutKeys(value as Mapping, rest);
}

function withoutKeys(mapping: Mapping, rest: (child: Value | undefined, key: string) => Value | undefined): Mapping {
  const kept: Record<string, Value> = Object.create(null);
  for (const [key, child] of Object.entries(mapping)) {
    const left = rest(child, key);
    if (left !== undefined) kept[key] = left;
  }
  return kept;
}
