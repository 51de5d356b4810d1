import { buildDomain } from "./build.ts";
import { factsOf } from "./facts.ts";
import { faultsOf } from "./issues.ts";
import { isPinned, judgeable } from "./judgeable.ts";
import { nameFaults } from "./names.ts";
import { formatPath, type Path, type Report, reportOn } from "./place.ts";
import { type Problem, sortProblems } from "./problem.ts";
import { without } from "./prune.ts";
import { checkRules } from "./rules.ts";
import { type Draft, domainSchema, draftSchema, MORE_PROBLEMS } from "./schema.ts";
import { characterFaults, positionIn, sizeFault, type TextFault, withoutMark } from "./text/text.ts";
import { tokensOf } from "./text/tokens.ts";
import { type Tree, treeOf } from "./text/tree.ts";
import { withTunnelHints } from "./tunnel-hints.ts";
import type { Domain } from "./types.ts";

export interface Loaded {
  /** Only when there is no problem. */
  readonly domain?: Domain;
  /** With problems that no expectation depends on: the domain without them, for judging its expectations only. */
  readonly judgeable?: Domain;
  /** Set beside it when the address of a client was refused, so that nobody knows who gets which number. */
  readonly isNumberMissing?: true;
  /** All of them, in file order. */
  readonly problems: readonly Problem[];
}

type LocatedFault = TextFault & { readonly path?: Path };

/** The text of an intent file to what it means. Never throws, whatever the text. */
export function load(fileText: string): Loaded {
  const tooLarge = sizeFault(fileText);
  if (tooLarge) return { problems: [{ ...tooLarge, path: "", line: 1, column: 1 }] };
  const text = withoutMark(fileText);
  const positionAt = positionIn(text);
  const placed = (faults: readonly LocatedFault[]): Problem[] =>
    faults.map(({ offset, path, ...fault }) => ({ ...fault, path: formatPath(path ?? []), ...positionAt(offset) }));

  const foreign = characterFaults(text);
  if (foreign.length > 0) return { problems: placed(foreign) };
  const tokens = tokensOf(text);
  if (!tokens.complete) return { problems: sortProblems(placed(tokens.faults)) };
  const tree = treeOf(tokens.tokens, text);
  const report = reportOn(tree.root, positionAt);
  const draft = draftOf(tree, report);
  const facts = draft && factsOf(draft);
  if (facts) checkRules(facts, report);
  const inText = withoutGuesses<LocatedFault>([...tokens.faults, ...tree.faults]);
  const problems = sortProblems([...placed(inText), ...report.problems]);
  if (facts && problems.length === 0) return { domain: buildDomain(facts, report), problems };
  const faulty = [...inText.map(({ path }) => path ?? []), ...report.faulty];
  const rest = facts && judgeable(facts, faulty);
  if (rest === undefined) return { problems };
  return { problems, judgeable: buildDomain(rest, report), ...(faulty.some(isPinned) && { isNumberMissing: true }) };
}

/** Behind a fault of the syntax everything the parser says is guesswork, so only the first of these is repeated. */
function withoutGuesses<T extends TextFault>(faults: readonly T[]): T[] {
  // Not as arguments of one call: the stack takes about 120,000.
  const first = faults.reduce(
    (least, { code, offset }) => (code === "syntax" ? Math.min(least, offset) : least),
    Infinity,
  );
  const told = new Set<string>();
  return faults.filter(({ code, offset, message }) => {
    if (code !== "syntax") return true;
    // The parser says one thing once for each of the brackets that are open there.
    const isNew = offset === first && !told.has(message);
    told.add(message);
    return isNew;
  });
}

/** What has the right shape, as parsed values; what has not is reported and left out. */
function draftOf({ value }: Tree, report: Report): Draft | undefined {
  if (value === undefined) return undefined;
  // Compiling shapes to code costs a small file more than it saves, and saves a large one nothing that can be seen.
  const parsed = domainSchema.safeParse(value, { jitless: true });
  const issues = parsed.error?.issues ?? [];
  const found = [...nameFaults(value), ...issues.flatMap((issue) => faultsOf(issue, value))];
  const faults = withTunnelHints(found, value);
  if (parsed.success && faults.length === 0) return parsed.data;
  for (const fault of faults) report.add(fault);
  // What is faulty and was not told can't be left out, so there is no rest to look at.
  if (faults.some(({ code }) => code === MORE_PROBLEMS.code)) return undefined;
  const rest = without(
    value,
    faults.map(({ path }) => path),
  );
  return draftSchema().safeParse(rest ?? {}).data;
}
