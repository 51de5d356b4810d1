import { addressBits } from "../net/address.ts";
import { type Cidr, formatCidr, networkOf, parseCidr } from "../net/cidr.ts";
import { type Parsed, refuse } from "./leaf.ts";
import { parseName } from "./names.ts";
import { quote } from "./quote.ts";
import { isInternet, specialUse } from "./special-use.ts";

/** What differs between the networks that a profile reaches and those of a tunnel. */
interface NetworkUse {
  readonly insteadOfAll: string;
  /** Fewest bits that it leaves to its hosts. */
  readonly hostBits: number;
}

export const SUBNET: NetworkUse = { insteadOfAll: "let a profile reach internet instead", hostBits: 0 };
/** With room for a server and a client beside the addresses that no host has. */
export const TUNNEL: NetworkUse = { insteadOfAll: "choose a private range for the tunnel", hostBits: 2 };

/** A network with its length that can be routed. */
export function parseNetwork(text: string, use: NetworkUse): Parsed<Cidr> {
  const parsed = parseCidr(text);
  if (parsed.fault === "host-bits") {
    return refuse(
      "host-bits",
      `${quote(text)} has bits set behind its length`,
      lengthHint(parsed.suggestion ?? "", use),
    );
  }
  if (parsed.cidr === undefined) {
    const hint = parsed.suggestion
      ? `add its length; ${parsed.suggestion} is this one address`
      : "write one like 10.8.1.0/24 or fd00:8:1::/64";
    return refuse("bad-network", `${quote(text)} is not a subnet`, hint);
  }
  if (isInternet(parsed.cidr)) {
    return refuse("default-route", `${quote(text)} is (half of) everything`, use.insteadOfAll);
  }
  const special = specialUse(parsed.cidr);
  if (special === undefined) return { value: parsed.cidr };
  return refuse(
    "special-network",
    `${quote(text)} holds ${special} addresses, which can't be routed`,
    "choose a private range",
  );
}

/** Never advises what would be refused next. */
function lengthHint(suggestion: string, use: NetworkUse): string | undefined {
  const next = parseNetwork(suggestion, use);
  if ("refusal" in next) return next.refusal.hint;
  const longest = addressBits(next.value.family) - use.hostBits;
  return `write ${formatCidr(networkOf(next.value, Math.min(next.value.length, longest)))}`;
}

/** The name of a subnet. A network in its place is what many try first. */
export function parseTarget(text: string): Parsed<string> {
  const parsed = parseName(text, "name");
  const { cidr, suggestion } = { suggestion: undefined, ...parseCidr(text) };
  const declared = cidr ? formatCidr(cidr) : suggestion;
  if (declared === undefined) return parsed;
  const network = parseNetwork(declared, SUBNET);
  const hint = "value" in network ? `declare ${declared} under subnets and write its name here` : network.refusal.hint;
  return refuse("bad-name", `${quote(text)} is not a name`, hint);
}
