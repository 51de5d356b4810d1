import { buildDomain } from "./build.ts";
import type { ClientFact, Facts } from "./facts.ts";
import { formatPath, type Path, type Report } from "./place.ts";
import type { Domain } from "./types.ts";
import { unnumbered } from "./unnumbered.ts";

/** What no expectation depends on, by its place in the document; `*` stands for any key or index. */
const APART: readonly Path[] = [
  ["version"],
  ...["port", "epoch"].map((field) => ["servers", "*", "interfaces", "*", field]),
  ...["publicKey", "epoch", "pskEpoch"].map((field) => ["bindings", "*", "clients", "*", field]),
];

/** Some do depend on this: see `unnumbered`. */
const PINNED: Path = ["bindings", "*", "clients", "*", "address"];

/** Stands for a port that was refused, where nobody asks for it. */
const ANY_PORT = 1;

/**
 * The domain without what is faulty and the expectations that depend on it. Undefined when that may be any of them: a
 * contradiction could be another face of the same fault.
 */
export function judgeable(facts: Facts, faults: readonly Path[], report: Report): Domain | undefined {
  if (!faults.every(isApart)) return undefined;
  const faulty = new Set(faults.map((path) => formatPath(isExpectation(path) ? path.slice(0, 2) : path)));
  const isFaulty = (path: Path): boolean => faulty.has(formatPath(path));
  const unpinned = (client: ClientFact): ClientFact => {
    const { address, ...draft } = client.draft;
    return isFaulty([...client.path, "address"]) ? { ...client, draft } : client;
  };
  const rest = {
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
  const domain = buildDomain(rest, report);
  return faults.some((path) => isAt(path, PINNED)) ? unnumbered(domain) : domain;
}

function isApart(path: Path): boolean {
  return isExpectation(path) || [...APART, PINNED].some((place) => isAt(path, place));
}

function isAt(path: Path, place: Path): boolean {
  return place.length === path.length && place.every((step, i) => step === "*" || step === path[i]);
}

function isExpectation(path: Path): boolean {
  return path[0] === "expect" && path.length > 1;
}
