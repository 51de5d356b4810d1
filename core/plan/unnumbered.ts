import type { Domain, Expectation } from "../domain/types.ts";
import { contains } from "../net/cidr.ts";

/**
 * The domain without the expectations that nobody can judge while an address, a number or the lock is at fault: whose an
 * address of the tunnel is, perhaps the asking client's own, depends on all of them.
 */
export function unnumbered(domain: Domain): Domain {
  const networks = new Map(
    domain.servers.flatMap(({ name, interfaces }) => interfaces.map((wg) => [`${name}/${wg.name}`, wg.networks])),
  );
  const isNumbered = ({ from, to }: Expectation): boolean => {
    const own = networks.get(from.slice(0, from.lastIndexOf("/"))) ?? [];
    return to.kind === "address" && own.some((cidr) => contains(cidr, to.address));
  };
  return { ...domain, expectations: domain.expectations.filter((one) => !isNumbered(one)) };
}
