import type { Facts } from "../facts.ts";
import { NAME } from "../names.ts";
import type { Path, Report } from "../place.ts";
import { quote } from "../quote.ts";
import { didYouMean, MOST_CANDIDATES } from "../suggest.ts";

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
  for (const { draft, path } of facts.expectations) {
    const expectClient = (client: string | undefined, at: Path): void => {
      const [server, own, name] = client?.split("/") ?? [];
      if (expectInterface(server && `${server}/${own}`, at, report) && clients !== undefined) {
        expectKnown("client", name, clients.get(`${server}/${own}`) ?? new Set(), at, report);
      }
    };
    expectClient(draft.from, [...path, "from"]);
    if (draft.to?.kind === "client") expectClient(draft.to.path, [...path, "to"]);
  }
}

/** Interface to the names of its clients; undefined when a faulty binding, or one that is not seen, may hold any. */
function clientNames(facts: Facts, report: Report): ReadonlyMap<string, ReadonlySet<string>> | undefined {
  const all = new Map<string, Set<string>>();
  if (facts.bindings.length === 0 && report.names(["bindings"]) === undefined) return undefined;
  for (const { draft, path } of facts.bindings) {
    const names = report.names([...path, "clients"]);
    if (draft.interface === undefined || names === undefined) return undefined;
    const known = all.get(draft.interface) ?? new Set();
    for (const name of names) known.add(name);
    all.set(draft.interface, known);
  }
  return facts.isWhole ? all : undefined;
}

function expectInterface(id: string | undefined, path: Path, report: Report): boolean {
  const [server, own] = id?.split("/") ?? [];
  if (!expectKnown("server", server, report.names(["servers"]), path, report)) return false;
  return expectKnown("interface", own, report.names(["servers", server ?? "", "interfaces"]), path, report);
}

type Kind = "subnet" | "profile" | "server" | "interface" | "client";

/** False when it was reported; what can't be told is not. `besides` may be meant as well. */
function expectKnown(
  kind: Kind,
  used: string | undefined,
  known: ReadonlySet<string> | undefined,
  path: Path,
  report: Report,
  besides: ReadonlySet<string> = new Set(),
): boolean {
  if (used === undefined || known === undefined || known.has(used)) return true;
  report.add({
    code: `unknown-${kind}`,
    path,
    message: `there is no ${kind} ${quote(used)}`,
    hint: nameHint(used, known, besides),
  });
  return false;
}

function nameHint(used: string, known: ReadonlySet<string>, besides: ReadonlySet<string>): string {
  const names = someNames(known);
  const list = names.slice(0, LISTED).join(", ");
  const declared =
    list === "" ? "none is declared here" : `declared here: ${list}${names.length > LISTED ? ", …" : ""}`;
  return didYouMean(used, [...names, ...besides]) ?? declared;
}

/** As many as a suggestion would look at. What is no name was reported where it stands, and may be anything, even a key. */
function someNames(known: ReadonlySet<string>): readonly string[] {
  const names: string[] = [];
  for (const name of known) {
    if (NAME.test(name)) names.push(name);
    if (names.length > MOST_CANDIDATES) break;
  }
  return names;
}
