import type { Path, Report } from "../place.ts";

/** Groups of two or more with the same key, each group in file order. Things without a key are alone. */
export function repeated<T extends { readonly path: Path }>(
  items: Iterable<T>,
  keyOf: (item: T) => string | undefined,
  report: Report,
): (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = key === undefined ? undefined : groups.get(key);
    if (group) group.push(item);
    else if (key !== undefined) groups.set(key, [item]);
  }
  return [...groups.values()].filter((group) => group.length > 1).map((group) => inFileOrder(group, report));
}

/** Object keys that look like numbers come first in JavaScript, so the order of a mapping is not the file's. */
export function inFileOrder<L extends readonly { readonly path: Path }[]>(items: L, report: Report): L {
  const line = (item: { readonly path: Path }) => report.position(item.path, "key");
  const sorted = [...items].sort((a, b) => line(a).line - line(b).line || line(a).column - line(b).column);
  return sorted as unknown as L;
}

/** `router/wg0 (line 7)` */
export function withLine(owner: string, path: Path, report: Report): string {
  return `${owner} (line ${report.position(path, "key").line})`;
}
