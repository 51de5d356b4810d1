/** More candidates than this are not searched: a hint is not worth a second of anybody's time. */
export const MOST_CANDIDATES = 50;

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
  const width = b.length + 1;
  // One array of bytes, which hold any distance between words that are searched: this is what a hint's time goes to.
  const cells = new Uint8Array((a.length + 1) * width);
  const at = (i: number, j: number): number => cells[i * width + j] ?? 0;
  for (let j = 0; j <= b.length; j++) cells[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const [own, left] = [a.charCodeAt(i - 1), a.charCodeAt(i - 2)];
    cells[i * width] = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + Number(own !== b.charCodeAt(j - 1));
      const isSwap = own === b.charCodeAt(j - 2) && left === b.charCodeAt(j - 1);
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : replaced;
      cells[i * width + j] = Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1);
    }
  }
  return at(a.length, b.length);
}
