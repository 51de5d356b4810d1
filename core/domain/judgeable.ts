import type { ClientFact, Facts } from "./facts.ts";
import { formatPath, type Path } from "./place.ts";

const PINNED: Path = ["bindings", "*", "clients", "*", "address"];

/** What no expectation depends on, by its place in the document; `*` stands for any key or index. */
const APART: readonly Path[] = [
  ["version"],
  ...["port", "epoch"].map((field) => ["servers", "*", "interfaces", "*", field]),
  ...["publicKey", "epoch", "pskEpoch"].map((field) => ["bindings", "*", "clients", "*", field]),
  // But some on the numbers: see `isPinned`.
  PINNED,
];

/** Stands for a port that was refused, where nobody asks for it. */
const ANY_PORT = 1;

/**
 * The facts without what is faulty, when every fault is of something that no expectation depends on; the expectations
 * among the faults are left out. Otherwise undefined: a contradiction could be another face of the same fault.
 */
export function judgeable(facts: Facts, faults: readonly Path[]): Facts | undefined {
  if (!faults.every(isApart)) return undefined;
  const faulty = new Set(faults.map((path) => formatPath(isExpectation(path) ? path.slice(0, 2) : path)));
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

/** Whether it is the address of a client. Without that nobody knows which number it gets, and which others do not. */
export function isPinned(path: Path): boolean {
  return isAt(path, PINNED);
}

function isApart(path: Path): boolean {
  return isExpectation(path) || APART.some((place) => isAt(path, place));
}

function isAt(path: Path, place: Path): boolean {
  return place.length === path.length && place.every((step, i) => step === "*" || step === path[i]);
}

function isExpectation(path: Path): boolean {
  return path[0] === "expect" && path.length > 1;
}
