/** More candidates than this are not searched: a hint is not worth a second of anybody's time. */
export const MOST_CANDIDATES = 200;

/** `did you mean "publicKey"?` when one candidate is close enough to be what was meant. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  if (all.length > MOST_CANDIDATES || word.length > 40) return undefined;
  const plain = simplified(word);
  const farthest = Math.max(1, Math.floor(plain.length / 3));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of all) {
    const other = simplified(name);
    if (Math.abs(other.length - plain.length) > farthest) continue;
    const distance = editDistance(plain, other);
    if (distance <= farthest && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best && `did you mean "${best.name}"?`;
}

/** Case and separators aside: `public_key`, `PublicKey` and `publicKey` are one word. */
export function simplified(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, "");
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + Number(a[i - 1] !== b[j - 1]);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(replaced, at(i - 1, j) + 1, at(i, j - 1) + 1, isSwap ? at(i - 2, j - 2) + 1 : replaced);
    }
  }
  return at(a.length, b.length);
}
