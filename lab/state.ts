import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { badInput } from "../device/bad-input.ts";
import type { Process } from "./namespaces/processes.ts";
import { addressesOn, type Kinds, type Node, type Segment, topology } from "./topology.ts";

/** One lab: its name and the one directory where it keeps files. */
export interface Lab {
  readonly name: string;
  readonly dir: string;
  /** The wirewright sources the lab runs. */
  readonly checkout: string;
}

export interface ClientRecord {
  readonly name: string;
  readonly at: "lan" | "wan";
  /** Host number on that wire. */
  readonly host: number;
}

/**
 * The lab of that name (default: WIREWRIGHT_LAB, else `default`), up or not. A name or a place that can't be used is bad input.
 * State lies in `WIREWRIGHT_STATE`, else `$XDG_STATE_HOME/wirewright`, else `~/.local/state/wirewright`.
 */
export function labOf(name: string = nameByDefault()): Lab {
  // No hyphen: namespaces are named ww-LAB-NODE, and that must be readable in one way only.
  if (!/^[a-z0-9]{1,24}$/.test(name)) {
    throw badInput(`"${name}" can't name a lab; use 1 to 24 lower-case letters and digits, without a hyphen`);
  }
  const dir = join(stateRoot(), "lab", name);
  // The path goes into mount options, a URL and ssh's configuration; none of them quotes alike.
  if (!/^\/[A-Za-z0-9._/@+-]+$/.test(dir) || dir.startsWith("/run/") || dir.startsWith("/var/run/")) {
    throw badInput(
      `${dir} can't hold a lab: use plain characters outside /run; set WIREWRIGHT_STATE to another directory`,
    );
  }
  return { name, dir, checkout: dirname(import.meta.dirname) };
}

const nameByDefault = (): string => process.env.WIREWRIGHT_LAB || "default";

/** How a person brings it up. */
export function upCommand({ name }: Lab): string {
  return `wirewright lab up${name === nameByDefault() ? "" : ` --name ${name}`}`;
}

export function stateRoot(): string {
  const { WIREWRIGHT_STATE, XDG_STATE_HOME } = process.env;
  return WIREWRIGHT_STATE || join(XDG_STATE_HOME || join(homedir(), ".local", "state"), "wirewright");
}

/** Names the lab in the environment of what runs in one. Such a program does not see the names of the lab's networks. */
export const INSIDE = "WIREWRIGHT_INSIDE";

/** Throws, with the next step, in a program that was started with `lab run`. */
export function requireOutside({ name }: Lab): void {
  const inside = process.env[INSIDE];
  if (inside === undefined) return;
  throw badInput(
    `this runs inside lab "${inside}", where the networks of a lab can't be entered; run it outside, with --name ${name}`,
  );
}

/** The file that says that a state directory is a lab's, and whose. */
export const DEED = "lab.json";

export interface Deed {
  readonly checkout: string;
  /** Of each device, by name, that was given one at the first `lab up`. */
  readonly kinds?: Kinds;
  /** Whom it was made for, see `up`. */
  readonly owner?: Process;
}

/** Whose the lab is, and what its devices resemble; undefined when there is none. */
export function deedOf(lab: Lab): Deed | undefined {
  const deed = ifThere(() => readFileSync(join(lab.dir, DEED), "utf8"));
  return deed === undefined ? undefined : (JSON.parse(deed) as Deed);
}

export const namespaceOf = (lab: Lab, node: string): string => `ww-${lab.name}-${node}`;

export const deviceDir = (lab: Lab, device: string): string => join(lab.dir, "devices", device);

export const clientsDir = (lab: Lab): string => join(lab.dir, "clients");

/** Everything that was added on demand, sorted by name. */
export function clientRecords(lab: Lab): readonly ClientRecord[] {
  const files = (ifThere(() => readdirSync(clientsDir(lab))) ?? []).filter((file) => file.endsWith(".json"));
  const records = files.sort().map((file) => ifThere(() => readFileSync(join(clientsDir(lab), file), "utf8")));
  return records.filter((text) => text !== undefined).map((text) => JSON.parse(text) as ClientRecord);
}

/** What another process may take away at any moment; undefined when it has. */
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export function clientNode(client: ClientRecord): Node {
  const segment: Segment = client.at;
  return {
    name: client.name,
    kind: "host",
    links: [{ segment, interface: "eth0", addresses: addressesOn(segment, client.host) }],
    gateways: topology.wires[segment].gateways,
    forwarding: "off",
  };
}

/** All nodes of a lab, whether up or not: the fixed ones, then the clients. */
export function nodesOf(lab: Lab): readonly Node[] {
  const kinds = deedOf(lab)?.kinds ?? {};
  const fixed = topology.nodes.map((node) => ({ ...node, kind: kinds[node.name] ?? node.kind }));
  return [...fixed, ...clientRecords(lab).map(clientNode)];
}

/** A node that the lab does not have is bad input. */
export function nodeOf(lab: Lab, name: string): Node {
  const node = nodesOf(lab).find((candidate) => candidate.name === name);
  if (node) return node;
  const known = nodesOf(lab).map((candidate) => candidate.name);
  throw badInput(`lab "${lab.name}" has no "${name}"; it has ${known.join(", ")}`);
}

/** A directory only its owner can look into. */
export function privateDir(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}
