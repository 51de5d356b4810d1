import type { Command } from "commander";
import type { Domain, Position, Reach } from "../core/domain/types.ts";
import { type Address, formatAddress, parseAddress } from "../core/net/address.ts";
import { type PortRange, parsePortRange } from "../core/net/port.ts";
import { type Place, placesOf } from "../core/plan/expectation.ts";
import { opening, ownerOf } from "../core/plan/policy.ts";
import type { Grant } from "../core/plan/types.ts";
import type { Intent } from "../project/intent.ts";
import { badInput, printableJson } from "./output.ts";

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
  readonly to: string;
  readonly verdict: "allow" | "deny" | "some";
  readonly grant?: Grant;
  readonly reason: string;
}

/** Says what the compiled policy does with one kind of traffic and which line decides. Contacts nothing. */
async function why(file: string, from: string, to: string, port: string | undefined, options: Options): Promise<void> {
  const { mustReadIntent } = await import("./intent.ts");
  const intent = mustReadIntent(file);
  const asked = port === undefined ? undefined : parsePortRange(port);
  if (port !== undefined && asked === undefined)
    throw badInput(`${port} is no port; write tcp/443, udp/5000-5010 or icmp`);
  const { place, address } = findSource(intent, from);
  const targets = findTargets(intent, place, to).filter(({ family }) => (address?.family ?? family) === family);
  const answers = place === undefined ? [deny(to, NOBODY)] : answersFor(place, targets, asked);
  if (answers.length === 0) answers.push(deny(to, "the two are of different address families"));
  if (options.json) {
    const { path: client, profile } = place?.peer ?? {};
    const shown = answers.map(({ grant, ...rest }) => {
      return { from, client, profile, port: port ?? "all", rule: grant?.origin, ...rest };
    });
    process.stdout.write(printableJson(shown));
    return;
  }
  for (const one of answers) {
    const asks = `${from} to ${one.to}, ${port ?? "everything"}`;
    process.stdout.write(explain(intent, place, asks, one));
  }
}

const NOBODY = "no client of any interface may send from there: WireGuard and the firewall both drop it";

/** Who sends: a client, or whoever may use an address; `place` is undefined when nobody may. */
interface Source {
  readonly place: Place | undefined;
  readonly address: Address | undefined;
}

function findSource({ plans }: Intent, from: string): Source {
  const address = parseAddress(from);
  const place = placesOf(plans).get(from);
  if (place !== undefined) return { place, address };
  if (address === undefined) {
    throw badInput(
      `${from} is neither a client (SERVER/INTERFACE/CLIENT) nor an address; wirewright plan lists the clients`,
    );
  }
  const owners = plans.flatMap(({ interfaces }) => interfaces.map((plan) => ({ plan, peer: ownerOf(plan, address) })));
  const owner = owners.find(({ peer }) => peer !== undefined);
  return { place: owner?.peer && { plan: owner.plan, peer: owner.peer }, address };
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

function answersFor({ plan, peer }: Place, targets: readonly Address[], asked: PortRange | undefined): Answer[] {
  return targets.map((target) => {
    const { open, ...rest } = opening(plan, peer, target, asked);
    return {
      to: formatAddress(target),
      verdict: open === "all" ? "allow" : open === "none" ? "deny" : "some",
      ...rest,
    };
  });
}

const deny = (to: string, reason: string): Answer => ({ to, verdict: "deny", reason });

function explain(
  { domain, domainFile }: Intent,
  place: Place | undefined,
  asks: string,
  { verdict, reason, grant }: Answer,
): string {
  const at = (position: Position | undefined): string =>
    position ? ` (${domainFile}:${position.line}:${position.column})` : "";
  const lines = [`${verdict === "some" ? "some of it" : verdict}  ${asks}`];
  if (place !== undefined) {
    const { plan, peer } = place;
    lines.push(`  client   ${peer.path}`);
    lines.push(`  binding  profile ${peer.profile} on ${plan.path}${at(bindingOf(domain, place))}`);
    lines.push(
      `  rule     ${grant === undefined ? "none: the default is deny" : `${grant.origin}${at(reachOf(domain, peer.profile, grant)?.position)}`}`,
    );
  }
  return `${[...lines, `  reason   ${reason}`].join("\n")}\n`;
}

function bindingOf(domain: Domain, { plan, peer }: Place): Position | undefined {
  return domain.bindings.find((b) => b.profile === peer.profile && `${b.server}/${b.interface}` === plan.path)
    ?.position;
}

function reachOf(domain: Domain, profile: string, grant: Grant): Reach | undefined {
  const lines = domain.profiles.find(({ name }) => name === profile)?.reach ?? [];
  return lines.find(({ target }) => (target.kind === "subnet" ? target.name : target.kind) === grant.name);
}
