import { existsSync } from "node:fs";
import { join } from "node:path";
import { namespacesOf } from "./namespaces/namespace.ts";
import { initOf, isUp } from "./namespaces/node.ts";
import { DEED, type Lab, nodesOf } from "./state.ts";
import type { Kind } from "./topology.ts";

export interface NodeStatus {
  readonly name: string;
  readonly kind: Kind;
  readonly state: "up" | "broken" | "down";
  readonly addresses: readonly string[];
}

export interface LabStatus {
  readonly name: string;
  readonly dir: string;
  /** `up` when every node is, `down` when there is no lab, `broken` in between: `lab up` repairs that. */
  readonly state: "up" | "broken" | "down";
  readonly nodes: readonly NodeStatus[];
}

/** What is there now, as the kernel tells it. */
export function labStatus(lab: Lab): LabStatus {
  if (!existsSync(join(lab.dir, DEED))) {
    const state = namespacesOf(lab).length > 0 ? "broken" : "down";
    return { name: lab.name, dir: lab.dir, state, nodes: [] };
  }
  const nodes = nodesOf(lab).map((node): NodeStatus => {
    const alive = initOf(lab, node) === undefined ? "down" : "broken";
    const addresses = [...node.links.flatMap((link) => link.addresses), ...(node.loopback ?? [])];
    return { name: node.name, kind: node.kind, state: isUp(lab, node) ? "up" : alive, addresses };
  });
  return { name: lab.name, dir: lab.dir, state: nodes.every((node) => node.state === "up") ? "up" : "broken", nodes };
}
