import { type Cidr, compareCidr, covers, formatCidr, parseCidr } from "../net/cidr.ts";
import { overlapsIn } from "../net/overlaps-in.ts";
import { mappingsAt, NAME } from "./names.ts";
import { parseLiteral } from "./network.ts";
import type { Fault } from "./place.ts";
import { type Value, valueAt } from "./text/tree.ts";

interface Tunnel {
  readonly cidr: Cidr;
  /** `router/wg0` */
  readonly owner: string;
}

/**
 * Of networks that stand in a profile in place of a name, those inside a tunnel get another hint than to declare
 * them, which would be refused next. The tunnels are those of the raw file: its faults are still being collected.
 */
export function withTunnelHints(faults: readonly Fault[], root: Value): readonly Fault[] {
  const literals = new Map(faults.map((fault) => [fault, literalAt(fault, root)]));
  if ([...literals.values()].every((literal) => literal === undefined)) return faults;
  const meeting = overlapsIn(tunnelsIn(root));
  return faults.map((fault) => {
    const literal = literals.get(fault);
    const tunnel = literal && meeting(literal).find(({ cidr }) => covers(cidr, literal));
    if (tunnel === undefined) return fault;
    const where = `the tunnel network ${formatCidr(tunnel.cidr)} of ${tunnel.owner}`;
    return { ...fault, hint: `that is in ${where}: write peers for the clients there, or self for the server` };
  });
}

function literalAt({ code, path }: Fault, root: Value): Cidr | undefined {
  const value = code === "bad-name" && path[0] === "profiles" && path[2] === "reach" ? valueAt(root, path) : undefined;
  const literal = typeof value === "string" ? parseLiteral(value) : undefined;
  return literal && "value" in literal ? literal.value : undefined;
}

function tunnelsIn(root: Value): Tunnel[] {
  const interfaces = mappingsAt(root, ["servers", "*", "interfaces"]).flatMap(({ mapping, path }) =>
    Object.entries(mapping).map(([name, wg]) => ({ steps: [String(path[1]), name], wg: wg ?? null })),
  );
  // A name that is none could be anything, a key too, and is not repeated.
  const named = interfaces.filter(({ steps }) => steps.every((step) => NAME.test(step)));
  const tunnels = named.flatMap(({ steps, wg }) => {
    const networks = valueAt(wg, ["network"]);
    return (Array.isArray(networks) ? networks : []).flatMap((text) => {
      const { cidr } = parseCidr(String(text));
      return cidr === undefined ? [] : [{ cidr, owner: steps.join("/") }];
    });
  });
  return tunnels.sort((a, b) => compareCidr(a.cidr, b.cidr));
}
