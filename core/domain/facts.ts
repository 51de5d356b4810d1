import type { Cidr } from "../net/cidr.ts";
import type { Path } from "./place.ts";
import type { Draft } from "./schema.ts";

type Value<T> = NonNullable<T>;
type Entries<T> = T extends Readonly<Record<string, infer V>> ? V : never;

export type ServerDraft = Entries<Value<Draft["servers"]>>;
export type InterfaceDraft = Entries<Value<ServerDraft["interfaces"]>>;
export type ProfileDraft = Entries<Value<Draft["profiles"]>>;
export type ReachDraft = Value<Value<ProfileDraft["reach"]>[number]>;
export type BindingDraft = Value<Value<Draft["bindings"]>[number]>;
export type ClientDraft = Entries<Value<BindingDraft["clients"]>>;
export type ExpectationDraft = Value<Value<Draft["expect"]>[number]>;

interface Fact<T> {
  readonly path: Path;
  readonly draft: T;
}
export interface ServerFact extends Fact<ServerDraft> {
  readonly name: string;
}
export interface InterfaceFact extends Fact<InterfaceDraft> {
  /** `router/wg0` */
  readonly id: string;
  readonly server: string;
  readonly networks: readonly Located[];
}
export interface BindingFact extends Fact<BindingDraft> {
  readonly clients: readonly ClientFact[];
}
export interface ClientFact extends Fact<ClientDraft> {
  readonly name: string;
  /** `router/wg0`; undefined when the binding does not say. */
  readonly interfaceId: string | undefined;
}

/** A network and where it stands. */
export interface Located {
  readonly cidr: Cidr;
  readonly path: Path;
  /** What to call it in a message: `router/wg0`, `subnet lan`. */
  readonly owner: string;
}

/** The same draft as lists, with the path of everything: what the rules go over. */
export interface Facts {
  readonly servers: readonly ServerFact[];
  readonly interfaces: ReadonlyMap<string, InterfaceFact>;
  readonly subnets: ReadonlyMap<string, readonly Located[]>;
  readonly profiles: ReadonlyMap<string, readonly { readonly path: Path; readonly reach: ReachDraft }[]>;
  readonly bindings: readonly BindingFact[];
  readonly clients: readonly ClientFact[];
  readonly expectations: readonly Fact<ExpectationDraft>[];
  /** False when a binding is missing as a whole: then nobody knows which clients there are. */
  readonly isWhole: boolean;
}

export function factsOf(draft: Draft): Facts {
  const servers = entries(draft.servers).map(([name, server]) => ({ name, draft: server, path: ["servers", name] }));
  const interfaces = servers.flatMap(interfacesOf).map((fact) => [fact.id, fact] as const);
  const subnets = entries(draft.subnets).map(
    ([name, cidrs]) => [name, locate(cidrs, ["subnets", name], `subnet ${name}`)] as const,
  );
  const profiles = entries(draft.profiles).map(([name, { reach }]) => {
    const lines = present(reach).map(([i, line]) => ({ path: ["profiles", name, "reach", i], reach: line }));
    return [name, lines] as const;
  });
  const bindings = present(draft.bindings).map(([i, binding]) => bindingOf(binding, ["bindings", i]));
  return {
    servers,
    interfaces: new Map(interfaces),
    subnets: new Map(subnets),
    profiles: new Map(profiles),
    bindings,
    clients: bindings.flatMap(({ clients }) => clients),
    expectations: present(draft.expect).map(([i, expectation]) => ({ draft: expectation, path: ["expect", i] })),
    isWhole: bindings.length === (draft.bindings?.length ?? 0),
  };
}

function interfacesOf({ name: server, draft, path }: ServerFact): InterfaceFact[] {
  return entries(draft.interfaces).map(([name, own]) => {
    const id = `${server}/${name}`;
    const ownPath = [...path, "interfaces", name];
    return { id, server, draft: own, path: ownPath, networks: locate(own.network, [...ownPath, "network"], id) };
  });
}

function bindingOf(draft: BindingDraft, path: Path): BindingFact {
  const clients = entries(draft.clients).map(([name, client]) => ({
    name,
    draft: client,
    interfaceId: draft.interface,
    path: [...path, "clients", name],
  }));
  return { draft, path, clients };
}

function locate(cidrs: readonly (Cidr | undefined)[] | undefined, path: Path, owner: string): Located[] {
  return present(cidrs).map(([i, cidr]) => ({ cidr, path: [...path, i], owner }));
}

function entries<T>(record: Readonly<Record<string, T>> | undefined): [string, NonNullable<T>][] {
  return Object.entries(record ?? {}).filter((entry): entry is [string, NonNullable<T>] => entry[1] !== undefined);
}

function present<T>(list: readonly (T | undefined)[] | undefined): [number, T][] {
  return (list ?? []).flatMap((item, i) => (item === undefined ? [] : [[i, item] as [number, T]]));
}
