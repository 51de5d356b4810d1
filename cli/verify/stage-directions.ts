import { formatAddress, parseAddress } from "../../core/net/address.ts";
import { execution } from "../../core/plan/stack.ts";
import type { InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import { renderClient } from "../../core/render/client.ts";
import type { PacketProofOrder } from "../../lab/proof/packet-proof.ts";
import type { SampleOptions } from "../../lab/proof/probe.ts";
import { controlProbe } from "../../lab/proof/sample.ts";
import { clientAddresses, ownAddresses } from "../../lab/proof/spot.ts";
import { topology } from "../../lab/topology.ts";
import type { Stack } from "../../project/stack.ts";

/** How a stack's clients are played in the lab, and what may be asked of its policy there. */
export function stageDirections(
  { plan, keys, config }: Stack,
  seed: number,
  pairs: number,
): Pick<PacketProofOrder, "server" | "plans" | "casting" | "natInterface" | "control"> & {
  readonly sample: SampleOptions;
} {
  const taken = clientAddresses();
  const landmarks = topology.nodes.flatMap(ownAddresses).flatMap((text) => parseAddress(text) ?? []);
  const sample: SampleOptions = { seed, pairs, landmarks, usable: (to) => !taken.has(formatAddress(to)) };
  const at = onWan(plan.endpoint) ? "wan" : "lan";
  const executionOf = (wg: InterfacePlan) => execution(config, wg.name);
  const casting = (wg: InterfacePlan, peer: PeerPlan) => {
    const request = { plan, interface: wg, peer, keys, execution: executionOf(wg) };
    return { plan: wg, peer, at, config: renderClient(request) } as const;
  };
  return {
    server: plan.server,
    plans: plan.interfaces,
    casting,
    natInterface: (wg) => executionOf(wg).natInterface,
    control: remembered((wg, peer) => controlProbe(plan.interfaces, { plan: wg, peer }, sample)),
    sample,
  };
}

/** What is dialled from the internet is tried from there, everything else from the LAN. */
function onWan(endpoint: string): boolean {
  const onWire = topology.nodes.flatMap((node) => node.links).filter((link) => link.segment === "wan");
  const addresses = onWire.flatMap((link) => link.addresses).map((address) => address.replace(/\/.*/, ""));
  return endpoint in topology.wires.wan.names || addresses.includes(endpoint);
}

function remembered<T>(find: (wg: InterfacePlan, peer: PeerPlan) => T): (wg: InterfacePlan, peer: PeerPlan) => T {
  const known = new Map<PeerPlan, T>();
  return (wg, peer) => {
    const found = known.has(peer) ? (known.get(peer) as T) : find(wg, peer);
    known.set(peer, found);
    return found;
  };
}
