/** Rows as text in aligned columns, two spaces apart, nothing after the last cell. The first row is the heading. */
export function renderTable(rows: readonly (readonly string[])[], indent = ""): string {
  const widths = new Map<number, number>();
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths.set(i, Math.max(widths.get(i) ?? 0, cell.length));
  }
  return rows
    .map((row) => `${indent}${row.map((cell, i) => cell.padEnd(widths.get(i) ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
