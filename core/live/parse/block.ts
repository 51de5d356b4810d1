/** How one kind of line is read into a draft. */
export interface LineReader<Draft> {
  /** A line of this kind must be there, or may be there more than once; otherwise at most once. */
  readonly count?: "required" | "repeats";
  /** `rest` is what follows the keyword and one space, `fields` the same split at spaces. False refuses the line. */
  readonly read: (draft: Draft, fields: readonly string[], rest: string) => boolean;
}

/** Keyword to reader, in the order in which the lines must come. */
export type LineReaders<Draft> = ReadonlyMap<string, LineReader<Draft>>;

/** The index of a line that is refused, or the keyword of a line that is missing. */
export type BlockFault = { readonly line: number } | { readonly missing: string };

/** A line whose whole rest is one value of the draft. */
export function scalar<Draft, K extends keyof Draft>(
  property: K,
  parse: (text: string) => Draft[K] | undefined,
): LineReader<Draft> {
  return {
    read(draft, _fields, rest) {
      const value = parse(rest);
      if (value === undefined) return false;
      draft[property] = value;
      return true;
    },
  };
}

/** Reads lines into the draft. Refused are unknown keywords, repeated or misplaced ones, and odd fields. */
export function readBlock<Draft>(
  readers: LineReaders<Draft>,
  lines: readonly string[],
  draft: Draft,
): BlockFault | undefined {
  const keywords = [...readers.keys()];
  const seen = new Set<number>();
  let last = -1;
  for (const [i, line] of lines.entries()) {
    const space = line.indexOf(" ");
    const keyword = line.slice(0, Math.max(space, 0));
    const place = keywords.indexOf(keyword);
    const reader = readers.get(keyword);
    if (reader === undefined || place < last || (seen.has(place) && reader.count !== "repeats")) return { line: i };
    const rest = line.slice(space + 1);
    if (!reader.read(draft, rest.split(" "), rest)) return { line: i };
    seen.add(place);
    last = place;
  }
  const missing = keywords.find((keyword, place) => readers.get(keyword)?.count === "required" && !seen.has(place));
  return missing === undefined ? undefined : { missing };
}
