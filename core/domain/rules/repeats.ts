import { formatAddress } from "../../net/address.ts";
import { formatCidr } from "../../net/cidr.ts";
import { comparePortRange, formatPortRange, type PortRange } from "../../net/port.ts";
import type { ClientDraft, ExpectationDraft, Facts, ReachDraft } from "../facts.ts";
import type { Path, Report } from "../place.ts";
import { repeated, withLine } from "./duplicates.ts";

interface Entry {
  readonly path: Path;
  /** What a message calls it. */
  readonly name: string;
  /** What it says, as one text; undefined when that can't be told. */
  readonly meaning: string | undefined;
}

/** An entry that says again what an earlier one of its list says: something else was meant, or it is left over. */
export function checkRepeats(facts: Facts, report: Report): void {
  const subnets = [...facts.subnets.values()].map((networks) =>
    networks.map(({ cidr, path }) => ({ path, name: formatCidr(cidr), meaning: formatCidr(cidr) })),
  );
  const profiles = [...facts.profiles.values()].map((lines) =>
    lines.map(({ reach, path }) => reachEntry(reach, path, report)),
  );
  const ports = [...facts.profiles.values()].flatMap((lines) =>
    lines.map(({ reach, path }) => portEntries(reach, path)),
  );
  const sites = facts.clients.map(({ draft, path }) => siteEntries(draft, path));
  const expectations = facts.expectations.map(({ draft, path }) => expectationEntry(draft, path, report));
  for (const list of [...subnets, ...profiles, ...ports, ...sites, expectations]) reportRepeats(list, report);
}

function reportRepeats(list: readonly Entry[], report: Report): void {
  for (const [first, ...others] of repeated(list, ({ meaning }) => meaning, report)) {
    for (const { path, name } of others) {
      const message = `${withLine(name, first.path, report)} is in this list already`;
      report.add({ code: "duplicate-entry", path, message, hint: "remove one of the two, or change it" });
    }
  }
}

function reachEntry(reach: ReachDraft, path: Path, report: Report): Entry {
  if (typeof reach === "string") return { path, name: reach, meaning: reach };
  const { to, ports = [] } = reach;
  const given = ports.filter((range) => range !== undefined);
  const isKnown = to !== undefined && given.length === ports.length && isComplete(reach, path, report);
  const name = to ?? "";
  return { path, name, meaning: isKnown ? [name, ...portTexts(given)].join(" ") : undefined };
}

function portEntries(reach: ReachDraft, path: Path): readonly Entry[] {
  const ports = typeof reach === "string" ? [] : (reach.ports ?? []);
  return ports.map((range, i) => {
    const text = range && formatPortRange(range);
    return { path: [...path, "ports", i], name: text ?? "", meaning: text };
  });
}

function siteEntries({ subnets = [] }: ClientDraft, path: Path): readonly Entry[] {
  return subnets.map((name, i) => ({ path: [...path, "subnets", i], name: name ?? "", meaning: name }));
}

function expectationEntry(draft: ExpectationDraft, path: Path, report: Report): Entry {
  const { from, to, port, verdict } = draft;
  const target = to?.kind === "address" ? formatAddress(to.address) : to?.kind === "client" ? to.path : to?.kind;
  const said = [from, target, verdict, ...portTexts(port ? [port] : [])].join(" ");
  const isKnown = from !== undefined && target !== undefined && verdict !== undefined;
  const name = "the same expectation";
  return { path, name, meaning: isKnown && isComplete(draft, path, report) ? said : undefined };
}

function portTexts(ports: readonly PortRange[]): readonly string[] {
  return [...ports].sort(comparePortRange).map(formatPortRange);
}

/** A key that was refused may be what makes the difference. */
function isComplete(draft: Readonly<Record<string, unknown>>, path: Path, report: Report): boolean {
  const keys = report.names(path);
  return keys !== undefined && [...keys].every((key) => draft[key] !== undefined);
}
