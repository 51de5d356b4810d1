import type { ClientFact, Facts } from "./facts.ts";
import { formatPath, type Path } from "./place.ts";
import type { Problem } from "./problem.ts";

/** What no expectation depends on, by its place in the document. */
const APART: readonly RegExp[] = [
  /^version$/,
  /^servers\.[^.]+\.interfaces\.[^.]+\.(?:port|epoch)$/,
  /^bindings\[\d+\]\.clients\.[^.]+\.(?:publicKey|epoch|pskEpoch|address)$/,
  /^expect\[\d+\](?:\.|$)/,
];

/** Stands for a port that was refused, where nobody asks for it. */
const ANY_PORT = 1;

/**
 * The facts without what is faulty, when every fault is of something that no expectation depends on; the expectations
 * among the faults are left out. Otherwise undefined: a contradiction could be another face of the same fault.
 */
export function judgeable(facts: Facts, problems: readonly Problem[]): Facts | undefined {
  if (!problems.every(({ path }) => APART.some((place) => place.test(path)))) return undefined;
  const faulty = new Set(problems.map(({ path }) => path.replace(/^(expect\[\d+\]).*/, "$1")));
  const isFaulty = (path: Path): boolean => faulty.has(formatPath(path));
  const unpinned = (client: ClientFact): ClientFact => {
    const { address, ...draft } = client.draft;
    return isFaulty([...client.path, "address"]) ? { ...client, draft } : client;
  };
  return {
    ...facts,
    interfaces: new Map(
      [...facts.interfaces].map(([id, one]) => [
        id,
        { ...one, draft: { ...one.draft, port: one.draft.port ?? ANY_PORT } },
      ]),
    ),
    bindings: facts.bindings.map((binding) => ({ ...binding, clients: binding.clients.map(unpinned) })),
    expectations: facts.expectations.filter(({ path }) => !isFaulty(path)),
  };
}
