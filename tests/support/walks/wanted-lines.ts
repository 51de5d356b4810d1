import { formatAddress } from "../../../core/net/address.ts";
import { formatCidr } from "../../../core/net/cidr.ts";
import type { KeyRing } from "../../../core/plan/keys.ts";
import { execution, type StackConfig } from "../../../core/plan/stack.ts";
import type { InterfacePlan, ServerPlan } from "../../../core/plan/types.ts";
import { renderNft } from "../../../core/render/nft.ts";
import { must } from "../../../lab/execute.ts";
import { pskMark } from "./live-lines.ts";

/** What one interface is to be, by the plan and the settings of its time. */
export interface Target {
  readonly server: ServerPlan;
  readonly wg: InterfacePlan;
  readonly config: StackConfig;
}

/** The facts that `liveLines` is to see of these interfaces, straight from the plan: no document, no helper between. */
export function wantedLines(targets: readonly Target[], keys: KeyRing): readonly string[] {
  return targets.flatMap((target) => linesOf(target, keys)).sort();
}

function linesOf({ wg, config }: Target, keys: KeyRing): readonly string[] {
  const { name, networks } = wg;
  const { implementation, mtu, presharedKeys } = execution(config, name);
  return [
    `link ${name} mtu ${mtu} up`,
    `mark ${name} wirewright:${keys.owner}`,
    `port ${wg.port}`,
    `daemon ${implementation === "boringtun" ? "boringtun-cli" : implementation}`,
    `socket ${name}.sock`,
    `key ${name} ${keys.publicKey(wg.key)}`,
    `listens ${name} ${wg.port} mark 0`,
    ...networks.flatMap((network, i) => {
      const [address] = wg.addresses.slice(i);
      if (address === undefined) throw new Error(`${name} has no address in ${formatCidr(network)}`);
      return [
        `address ${name} ${formatAddress(address)}/${network.length}`,
        `connected ${name} ${formatCidr(network)}`,
      ];
    }),
    ...wg.routes.map((route) => `route ${name} ${formatCidr(route)}`),
    ...wg.peers.map((peer) => {
      const psk = presharedKeys === "on" ? keys.presharedKey(peer.presharedKey) : undefined;
      const allowed = peer.allowedIps.map(formatCidr).sort();
      return `peer ${name} ${keys.peerPublicKey(peer.key)} ${pskMark(psk)} 0 ${allowed}`;
    }),
  ];
}

/** nft's own listing of a policy that was loaded at once, in a namespace of its own. */
export function policyListings(): (target: Target) => Promise<string> {
  const known = new Map<string, string>();
  return async ({ wg, config }) => {
    const text = renderNft(wg, execution(config, wg.name));
    const listing =
      known.get(text) ??
      (await must(["unshare", "-n", "sh", "-c", "nft -f - && nft -s list ruleset"], { stdin: text, inherit: [] }));
    known.set(text, listing);
    return listing;
  };
}

/** What `forward` and `forward-to` of the documents do to settings of others: rows as they were to rows as they are to be. */
export function withForwarding(rows: readonly string[], documents: readonly string[]): readonly string[] {
  const asked = documents.flatMap((document) => document.split("\n").filter((line) => line.startsWith("forward")));
  const devices = new Set(documents.flatMap(waysOut));
  const isSet = (row: string): string => {
    const [, family, device = "", key] = /^\/proc\/sys\/net\/ipv([46])\/conf\/(\w+)\/(\w+):/.exec(row) ?? [];
    if (family === "4" && key === "forwarding" && devices.has(device)) return row.replace(/.$/, "1");
    if (family !== "6" || !asked.includes("forward 6")) return row;
    if (key === "forwarding") return row.replace(/.$/, "1");
    return key === "accept_ra" && device !== "all" ? row.replace(/:1$/, ":2") : row;
  };
  return rows.map(isSet).sort();
}

/** The device of the scenarios has two: other0 with what is behind it, and eth0 with the rest of IPv4. */
function waysOut(document: string): readonly string[] {
  if (!document.includes("\nforward 4\n")) return [];
  const towards = [...document.matchAll(/^forward-to (\d+\.\S+)$/gm)].map(([, network = ""]) => network);
  return towards.map((network) => (/^(198\.18\.5|203\.0\.113)\./.test(network) ? "other0" : "eth0"));
}
