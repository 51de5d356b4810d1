import { formatAddress } from "../../core/net/address.ts";
import type { PeerPlan } from "../../core/plan/types.ts";
import type { Stack } from "../../project/stack.ts";
import { peerOf } from "./drift-bystanders.ts";
import type { Audit } from "./drift-device.ts";

// Between the table of mutations and a device: what its scripts may name, and what an audit tells in its words.

export const v4 = ({ addresses: [first] }: PeerPlan): string => (first === undefined ? "" : formatAddress(first));

/** Every difference, as the table of mutations has them; those of other interfaces than `of` with `other.` in front. */
export function told({ interfaces, base }: Audit, of: string): readonly string[] {
  const named = interfaces.flatMap(({ plan, differences }) =>
    differences.map(({ property, severity }) => {
      const short = property
        .replace(/\[\d+\]/, "")
        .replace(/…$/, "")
        .replace(/^peers\.[A-Za-z0-9+/]{8}$/, "peers.?")
        .replace(`conf.${plan.name}.`, "conf.?.");
      return `${plan.name === of ? "" : "other."}${short} ${severity}`;
    }),
  );
  return [
    ...new Set([...named, ...base.differences.map(({ property, severity }) => `${property} ${severity}`)]),
  ].sort();
}

/** Assignments for a shell, of interface wg0 or wg1 with clients `victim` and `branch`; `program` is its daemon's. */
export function variables(stack: Stack, name: string, program: string): string {
  const wg = stack.plan.interfaces.find((one) => one.name === name);
  if (wg === undefined) throw new Error(`the plan has no ${name}`);
  const key = (client: string) => stack.keys.peerPublicKey(peerOf(wg, client).key);
  const n = name.slice(2);
  const words = {
    IF: name,
    T: `wirewright_${name}`,
    PORT: wg.port,
    OWNER: stack.keys.owner,
    V: key("victim"),
    B: key("branch"),
    V4: `${v4(peerOf(wg, "victim"))}/32`,
    VICTIM: v4(peerOf(wg, "victim")),
    HOST: `10.66.${n}.1`,
    ADDRESS: `10.66.${n}.1/24`,
    ADDRESS6: n === "0" ? "fd00:66::1/64" : "fd00:66:1::1/64",
    SUBNET: `192.168.5${n}.0/24`,
    SUBNET6: `fd00:5${n}::/64`,
  };
  const lines = Object.entries(words).map(([word, value]) => `${word}='${value}'`);
  return `${lines.join(" ")}; DAEMON=$(pidof ${program} || :)`;
}
