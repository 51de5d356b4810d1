import type { Facts } from "../facts.ts";
import { NAME } from "../names.ts";
import type { Path, Report } from "../place.ts";
import { didYouMean, MOST_CANDIDATES } from "../suggest.ts";
import { quote } from "../text/quote.ts";

const TARGETS: ReadonlySet<string> = new Set(["self", "peers", "internet"]);
/** Names that a hint lists when none is close to what was written. */
const LISTED = 5;

/** Every name that is used is declared. */
export function checkReferences(facts: Facts, report: Report): void {
  const profiles = report.names(["profiles"]);
  for (const { draft, path } of facts.bindings) {
    expectKnown("profile", draft.profile, profiles, [...path, "profile"], report);
    expectInterface(draft.interface, [...path, "interface"], report);
  }
  checkSubnets(facts, report);
  checkExpectations(facts, report);
}

function checkSubnets(facts: Facts, report: Report): void {
  const subnets = report.names(["subnets"]);
  for (const { reach, path } of [...facts.profiles.values()].flat()) {
    const [target, at] = typeof reach === "string" ? [reach, path] : [reach.to, [...path, "to"]];
    if (target !== undefined && !TARGETS.has(target)) expectKnown("subnet", target, subnets, at, report, TARGETS);
  }
  for (const { draft, path } of facts.clients) {
    for (const [i, subnet] of (draft.subnets ?? []).entries()) {
      expectKnown("subnet", subnet, subnets, [...path, "subnets", i], report);
    }
  }
}

function checkExpectations(facts: Facts, report: Report): void {
  const clients = clientNames(facts, report);
  const expectClient = (client: string | undefined, at: Path): void => {
    const [server, own, name] = client?.split("/") ?? [];
    if (!expectInterface(server && `${server}/${own}`, at, report)) return;
    if (clients === undefined || clients.astray.has(name ?? "")) return;
    expectKnown("client", name, clients.known.get(`${server}/${own}`) ?? new Set(), at, report);
  };
  for (const { draft, path } of facts.expectations) {
    expectClient(draft.from, [...path, "from"]);
    if (draft.to?.kind === "client") expectClient(draft.to.path, [...path, "to"]);
  }
}

interface ClientNames {
  /** Interface to the names of its clients. */
  readonly known: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names from bindings to interfaces that do not exist: any interface may be meant. */
  readonly astray: ReadonlySet<string>;
}

/** Undefined when a faulty binding, or one that is not seen, may hold any client. */
function clientNames(facts: Facts, report: Report): ClientNames | undefined {
  const bound = facts.bindings.flatMap(({ draft, path }) => {
    const names = report.names([...path, "clients"]);
    return draft.interface === undefined || names === undefined ? [] : [{ id: draft.interface, names }];
  });
  const isTold = facts.bindings.length > 0 || report.names(["bindings"]) !== undefined;
  if (!facts.isWhole || !isTold || bound.length < facts.bindings.length) return undefined;
  const known = new Map<string, Set<string>>();
  const astray = new Set<string>();
  for (const { id, names } of bound) {
    const all = facts.interfaces.has(id) ? (known.get(id) ?? new Set()) : astray;
    for (const name of names) all.add(name);
    if (all !== astray) known.set(id, all);
  }
  return areNames(astray) ? { known, astray } : undefined;
}

/** False when there is nothing more to ask about what is on it. */
function expectInterface(id: string | undefined, path: Path, report: Report): boolean {
  const [server, own] = id?.split("/") ?? [];
  const servers = report.names(["servers"]);
  if (!expectKnown("server", server, servers, path, report)) return false;
  // Of one that may be a name that is none, nothing more can be told.
  if (server !== undefined && servers?.has(server) === false) return false;
  return expectKnown("interface", own, report.names(["servers", server ?? "", "interfaces"]), path, report);
}

type Kind = "subnet" | "profile" | "server" | "interface" | "client";

/** False when it was reported; what can't be told is not: a name that is none may be this one. `besides` may be meant as well. */
function expectKnown(
  kind: Kind,
  used: string | undefined,
  known: ReadonlySet<string> | undefined,
  path: Path,
  report: Report,
  besides: ReadonlySet<string> = new Set(),
): boolean {
  if (used === undefined || known === undefined || known.has(used) || !areNames(known)) return true;
  report.add({
    code: `unknown-${kind}`,
    path,
    message: `there is no ${kind} ${quote(used)}`,
    hint: nameHint(used, known, besides),
  });
  return false;
}

const clean = new WeakMap<ReadonlySet<string>, boolean>();

/** Kept, because every reference asks. */
function areNames(texts: ReadonlySet<string>): boolean {
  const before = clean.get(texts);
  if (before !== undefined) return before;
  const all = [...texts].every((text) => NAME.test(text));
  clean.set(texts, all);
  return all;
}

function nameHint(used: string, known: ReadonlySet<string>, besides: ReadonlySet<string>): string {
  // As many as a suggestion would look at.
  const names = [...known].slice(0, MOST_CANDIDATES + 1);
  const list = names.slice(0, LISTED).join(", ");
  const declared =
    list === "" ? "none is declared here" : `declared here: ${list}${names.length > LISTED ? ", …" : ""}`;
  return didYouMean(used, [...names, ...besides]) ?? declared;
}
