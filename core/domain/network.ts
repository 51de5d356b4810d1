import { addressBits } from "../net/address.ts";
import { type Cidr, formatCidr, networkOf, parseCidr } from "../net/cidr.ts";
import { type Parsed, refuse } from "./leaf.ts";
import { parseName } from "./names.ts";
import { isInternet, specialUse } from "./special-use.ts";
import { quote } from "./text/quote.ts";

/** What differs between the networks that a profile reaches and those of a tunnel. */
interface NetworkUse {
  readonly insteadOfAll: string;
  /** Fewest bits that it leaves to its hosts. */
  readonly hostBits: number;
  /** What a network of so few bits is. */
  readonly narrowest: string;
}

export const SUBNET: NetworkUse = {
  insteadOfAll: "let a profile reach internet instead",
  hostBits: 0,
  narrowest: "this one address",
};
/** With room for a server and a client beside the addresses that no host has. */
export const TUNNEL: NetworkUse = {
  insteadOfAll: "choose a private range for the tunnel",
  hostBits: 2,
  narrowest: "the narrowest with room",
};

/** A network with its length that can be routed. */
export function parseNetwork(text: string, use: NetworkUse): Parsed<Cidr> {
  const parsed = parseCidr(text);
  if (parsed.fault === "host-bits") {
    const hint = lengthHint(parsed.suggestion ?? "", use, (fitting) => `write ${fitting}`);
    return refuse("host-bits", `${quote(text)} has bits set behind its length`, hint);
  }
  if (parsed.cidr === undefined) {
    const hint = parsed.suggestion
      ? lengthHint(parsed.suggestion, use, (fitting) => `add its length; ${fitting} is ${use.narrowest}`)
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
function lengthHint(suggestion: string, use: NetworkUse, say: (fitting: string) => string): string | undefined {
  const next = parseNetwork(suggestion, use);
  return "refusal" in next ? next.refusal.hint : say(formatCidr(withRoom(next.value, use)));
}

/** The network itself, or else the narrowest around it that leaves enough to its hosts. */
export function withRoom(cidr: Cidr, { hostBits }: NetworkUse): Cidr {
  return networkOf(cidr, Math.min(cidr.length, addressBits(cidr.family) - hostBits));
}

/** The name of a subnet. A network in its place is what many try first. */
export function parseTarget(text: string): Parsed<string> {
  const network = parseLiteral(text);
  if (network === undefined) return parseName(text, "name");
  const hint =
    "value" in network
      ? `declare ${formatCidr(network.value)} under subnets and write its name here`
      : network.refusal.hint;
  return refuse("bad-name", `${quote(text)} is not a name`, hint);
}

/** The network that stands there in place of a name; undefined when something else does. */
export function parseLiteral(text: string): Parsed<Cidr> | undefined {
  const { cidr, suggestion } = { suggestion: undefined, ...parseCidr(text) };
  const declared = cidr ? formatCidr(cidr) : suggestion;
  return declared === undefined ? undefined : parseNetwork(declared, SUBNET);
}
