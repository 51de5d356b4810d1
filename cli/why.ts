import type { Command } from "commander";
import type { Domain, Position, Reach } from "../core/domain/types.ts";
import { type Address, formatAddress, parseAddress } from "../core/net/address.ts";
import { type PortRange, parsePortRange } from "../core/net/port.ts";
import { type Place, placesOf } from "../core/plan/expectation.ts";
import { isAtHome, meet, opening, ownerOf } from "../core/plan/policy.ts";
import type { Grant } from "../core/plan/types.ts";
import { badInput } from "../device/bad-input.ts";
import type { Intent } from "../project/intent.ts";
import { printable, printableJson } from "./output.ts";

export function register(program: Command): void {
  program
    .command("why")
    .argument("<file>", "the intent file")
    .argument("<from>", "a client SERVER/INTERFACE/CLIENT, or a source address inside a tunnel")
    .argument("<to>", "an address, self, or a client")
    .argument("[port]", "tcp/443, udp/5000-5010 or icmp; without it every protocol and port")
    .option("--json", "print it for programs")
    .action(why);
}

interface Options {
  readonly json?: true;
}

interface Answer {
  /** Who sends; undefined when nobody may. */
  readonly place: Place | undefined;
  readonly to: string;
  readonly verdict: "allow" | "deny" | "some";
  readonly grants: readonly Grant[];
  readonly reason: string;
}

/** Says what the compiled policy does with one kind of traffic and which line decides. Contacts nothing. */
async function why(file: string, from: string, to: string, port: string | undefined, options: Options): Promise<void> {
  const { mustReadIntent } = await import("./input/must-read-intent.ts");
  const intent = mustReadIntent(file);
  const asked = port === undefined ? undefined : parsePortRange(port);
  if (port !== undefined && asked === undefined)
    throw badInput(`${port} is no port; write tcp/443, udp/5000-5010 or icmp`);
  const family = parseAddress(from)?.family;
  const answers = findSources(intent, from).flatMap((place) => {
    const targets = findTargets(intent, place, to).filter((target) => target.family === (family ?? target.family));
    if (place === undefined) return [deny(place, to, NOBODY)];
    if (targets.length === 0) return [deny(place, to, "the two are of different address families")];
    return answersFor(place, targets, asked);
  });
  if (options.json) {
    const shown = answers.map(({ place, grants, ...rest }) => {
      const { path: client, profile } = place?.peer ?? {};
      return { from, client, profile, port: port ?? "all", rules: grants.map(({ origin }) => origin), ...rest };
    });
    process.stdout.write(printableJson(shown));
    return;
  }
  for (const one of answers) {
    const asks = `${from} to ${one.to}, ${port ?? "everything"}`;
    process.stdout.write(explain(intent, asks, asked, one));
  }
}

const AT_HOME = "that is the client itself, or behind it: the tunnel never carries this";
const NOBODY = "no client of any interface may send from there: WireGuard and the firewall both drop it";

/**
 * Who sends: a client, or on each interface the one that may use an address. They are several where a tunnel is a site
 * of another server's. Only `undefined` when nobody may.
 */
function findSources({ plans }: Intent, from: string): readonly (Place | undefined)[] {
  const address = parseAddress(from);
  const place = placesOf(plans).get(from);
  if (place !== undefined) return [place];
  if (address === undefined) {
    throw badInput(
      `${from} is neither a client (SERVER/INTERFACE/CLIENT) nor an address; wirewright plan lists the clients`,
    );
  }
  const owners = plans.flatMap(({ interfaces }) =>
    interfaces.flatMap((plan) => {
      const peer = ownerOf(plan, address);
      return peer === undefined ? [] : [{ plan, peer }];
    }),
  );
  return owners.length > 0 ? owners : [undefined];
}

function findTargets({ plans }: Intent, place: Place | undefined, to: string): readonly Address[] {
  const address = parseAddress(to);
  const targets = address
    ? [address]
    : to === "self"
      ? (place?.plan.addresses ?? [])
      : placesOf(plans).get(to)?.peer.addresses;
  if (targets === undefined) throw badInput(`${to} is no address, no client and not self; name one of them`);
  return targets;
}

function answersFor(place: Place, targets: readonly Address[], asked: PortRange | undefined): Answer[] {
  return targets.map((target) => {
    if (isAtHome(place.peer, target)) return deny(place, formatAddress(target), AT_HOME);
    const { open, ...rest } = opening(place.plan, place.peer, target, asked);
    return {
      place,
      to: formatAddress(target),
      verdict: open === "all" ? "allow" : open === "none" ? "deny" : "some",
      ...rest,
    };
  });
}

const deny = (place: Place | undefined, to: string, reason: string): Answer => {
  return { place, to, verdict: "deny", grants: [], reason };
};

function explain(
  { domain, domainFile }: Intent,
  asks: string,
  asked: PortRange | undefined,
  { place, verdict, reason, grants }: Answer,
): string {
  const at = (position: Position | undefined): string =>
    position ? ` (${printable(domainFile)}:${position.line}:${position.column})` : "";
  const lines = [`${verdict === "some" ? "some of it" : verdict}  ${asks}`];
  if (place !== undefined) {
    const { plan, peer } = place;
    lines.push(`  client   ${peer.path}`);
    lines.push(`  binding  profile ${peer.profile} on ${plan.path}${at(bindingOf(domain, place))}`);
    if (grants.length === 0) lines.push("  rule     none: the default is deny");
    for (const grant of grants) {
      const reach = reachOf(domain, peer.profile, grant, asked);
      lines.push(...reach.map(({ position }) => `  rule     ${grant.origin}${at(position)}`));
    }
  }
  return `${[...lines, `  reason   ${reason}`].join("\n")}\n`;
}

function bindingOf(domain: Domain, { plan, peer }: Place): Position | undefined {
  return domain.bindings.find((b) => b.profile === peer.profile && `${b.server}/${b.interface}` === plan.path)
    ?.position;
}

/** The lines of the file behind one rule: those whose ports meet what was asked, or all of them when none does. */
function reachOf(domain: Domain, profile: string, grant: Grant, asked: PortRange | undefined): readonly Reach[] {
  const all = domain.profiles.find(({ name }) => name === profile)?.reach ?? [];
  const lines = all.filter(({ target }) => (target.kind === "subnet" ? target.name : target.kind) === grant.name);
  const matching = lines.filter(
    ({ ports }) => asked === undefined || ports.length === 0 || ports.some((range) => meet(range, asked)),
  );
  return matching.length > 0 ? matching : lines;
}
