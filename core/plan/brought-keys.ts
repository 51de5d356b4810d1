import type { KeyRing } from "./keys.ts";
import type { InterfacePlan, ServerPlan } from "./types.ts";

export interface KeyClash {
  /** The client that brought the key. */
  readonly path: string;
  /** The client or interface whose own, derived key that is. */
  readonly owner: string;
}

/**
 * Clients whose key is one that is derived for somebody else on their interface: WireGuard would merge the two, or ignore
 * the client. Only a holder of the root secret can tell, so `check` can't. Derives nothing where nobody brought a key.
 */
export function keyClashes(plan: ServerPlan, keys: KeyRing): KeyClash[] {
  return plan.interfaces.flatMap((wg) => clashesOn(wg, keys));
}

function clashesOn(wg: InterfacePlan, keys: KeyRing): KeyClash[] {
  const brought = wg.peers.flatMap(({ path, key }) => (key.kind === "given" ? [{ path, key: key.publicKey }] : []));
  if (brought.length === 0) return [];
  const derived = wg.peers.flatMap(({ key }) => (key.kind === "derived" ? [key.name] : []));
  const owners = new Map([wg.key, ...derived].map((name) => [keys.publicKey(name), name.path]));
  return brought.flatMap(({ path, key }) => {
    const owner = owners.get(key);
    return owner === undefined ? [] : [{ path, owner }];
  });
}
