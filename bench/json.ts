/** Reading JSON that somebody else printed: a wrong shape is `undefined`, never an exception. */

// The same as in core/plan/setting.ts: bench reads what tools print and imports nothing of the program it measures.
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function valueAt(root: unknown, ...path: readonly string[]): unknown {
  return path.reduce((value: unknown, key) => (isRecord(value) ? value[key] : undefined), root);
}

export function numberAt(root: unknown, ...path: readonly string[]): number | undefined {
  const value = valueAt(root, ...path);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function textAt(root: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(root, ...path);
  return typeof value === "string" ? value : undefined;
}
