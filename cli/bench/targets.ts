import { formatAddress } from "../../core/net/address.ts";
import { decide } from "../../core/plan/policy.ts";
import { execution } from "../../core/plan/stack.ts";
import type { InterfacePlan, PeerPlan } from "../../core/plan/types.ts";
import { renderClient } from "../../core/render/client.ts";
import { badInput } from "../../device/bad-input.ts";
import type { Lab } from "../../lab/state.ts";
import type { Stack } from "../../project/stack.ts";
import { openLabStack } from "../input/lab-stack.ts";
import { type Target, TRAFFIC_PORT } from "./runner.ts";

/** Every interface of a stack, or those asked for, with the client that will measure it. */
export async function benchTargets(lab: Lab, stackName: string, wanted: readonly string[]): Promise<readonly Target[]> {
  const stack = await openLabStack(lab, stackName);
  const all = stack.plan.interfaces;
  const unknown = wanted.find((name) => !all.some((wg) => wg.name === name));
  if (unknown !== undefined)
    throw badInput(`${stack.plan.server} has no interface ${unknown}; it has ${all.map((wg) => wg.name).join(", ")}`);
  const chosen = all.filter((wg) => wanted.length === 0 || wanted.includes(wg.name));
  return [...chosen]
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }))
    .map((wg) => target(stack, wg));
}

function target({ config, plan, keys }: Stack, wg: InterfacePlan): Target {
  const how = execution(config, wg.name);
  const peer = measuringPeer(wg);
  const [address] = wg.addresses;
  if (address === undefined) throw badInput(`${wg.path} has no address of its own`);
  return {
    arm: {
      name: wg.path,
      server: wg.server,
      interface: wg.name,
      implementation: how.implementation,
      mtuBytes: how.mtu,
      presharedKeys: how.presharedKeys,
      client: peer.path,
    },
    device: plan.server,
    address: formatAddress(address),
    configuration: renderClient({ plan, interface: wg, peer, keys, execution: how }),
  };
}

/** The first client whose key is derived here and whose profile lets it reach the traffic server. Policy is not bent for a measurement. */
function measuringPeer(wg: InterfacePlan): PeerPlan {
  const [to] = wg.addresses;
  const may = (from: PeerPlan, protocol: "tcp" | "icmp", port: number) =>
    to !== undefined && decide(wg, { from, to, protocol, port }).verdict === "allow";
  const found = wg.peers.find(
    (peer) => peer.key.kind === "derived" && may(peer, "tcp", TRAFFIC_PORT) && may(peer, "icmp", 0),
  );
  if (found !== undefined) return found;
  throw badInput(
    `no client of ${wg.path} may reach its server by tcp/${TRAFFIC_PORT} and icmp; bind a profile that reaches self there, or leave the interface out`,
  );
}
