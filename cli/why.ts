import type { Command } from "commander";
import type { Domain, Position, Reach } from "../core/domain/types.ts";
import type { Address } from "../core/net/address.ts";
import type { PortRange } from "../core/net/port.ts";
import type { Place } from "../core/plan/expectation.ts";
import type { Opening } from "../core/plan/policy.ts";
import type { Grant } from "../core/plan/types.ts";
import type { Intent } from "../project/intent.ts";
import { badInput } from "./output.ts";

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
  const { parsePortRange } = await import("../core/net/port.ts");
  const { printableJson } = await import("./output.ts");
  const intent = mustReadIntent(file);
  const asked = port === undefined ? undefined : parsePortRange(port);
  if (port !== undefined && asked === undefined)
    throw badInput(`${port} is no port; write tcp/443, udp/5000-5010 or icmp`);
  const source = await findSource(intent, from);
  const { place } = source;
  const answers = await answer(intent, source, to, asked);
  if (options.json) {
    const { path, profile } = place?.peer ?? {};
    process.stdout.write(
      printableJson(
        answers.map(({ grant, ...rest }) => ({
          from,
          client: path,
          profile,
          port: port ?? "all",
          rule: grant?.origin,
          ...rest,
        })),
      ),
    );
    return;
  }
  for (const one of answers) process.stdout.write(explain(intent, place, one, from, port ?? "everything"));
}

/** Who sends: a client, or whoever may use an address; `place` is undefined when nobody may. */
interface Source {
  readonly place: Place | undefined;
  readonly address: Address | undefined;
}

async function findSource({ plans }: Intent, from: string): Promise<Source> {
  const { parseAddress } = await import("../core/net/address.ts");
  const { placesOf } = await import("../core/plan/expectation.ts");
  const { ownerOf } = await import("../core/plan/policy.ts");
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

async function answer(intent: Intent, source: Source, to: string, asked: PortRange | undefined): Promise<Answer[]> {
  const { formatAddress } = await import("../core/net/address.ts");
  const { opening } = await import("../core/plan/policy.ts");
  const { place, address } = source;
  const targets = await findTargets(intent, place, to);
  if (place === undefined) {
    const reason = "no client of any interface may send from there: WireGuard and the firewall both drop it";
    return [{ to, verdict: "deny", reason }];
  }
  const reachable = targets.filter((target) => address === undefined || address.family === target.family);
  if (reachable.length === 0) return [{ to, verdict: "deny", reason: "the two are of different address families" }];
  return reachable.map((target) => {
    const { open, ...rest } = opening(place.plan, place.peer, target, asked);
    return { to: formatAddress(target), verdict: verdictOf(open), ...rest };
  });
}

function verdictOf(open: Opening["open"]): Answer["verdict"] {
  return open === "all" ? "allow" : open === "none" ? "deny" : "some";
}

async function findTargets({ plans }: Intent, place: Place | undefined, to: string): Promise<readonly Address[]> {
  const { parseAddress } = await import("../core/net/address.ts");
  const { placesOf } = await import("../core/plan/expectation.ts");
  const address = parseAddress(to);
  const targets = address
    ? [address]
    : to === "self"
      ? (place?.plan.addresses ?? [])
      : placesOf(plans).get(to)?.peer.addresses;
  if (targets === undefined) throw badInput(`${to} is no address, no client and not self; name one of them`);
  return targets;
}

function explain(
  { domain, domainFile }: Intent,
  place: Place | undefined,
  { verdict, to, reason, grant }: Answer,
  from: string,
  port: string,
): string {
  const at = (position: Position | undefined): string =>
    position ? ` (${domainFile}:${position.line}:${position.column})` : "";
  const lines = [`${verdict === "some" ? "some of it" : verdict}  ${from} to ${to}, ${port}`];
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
