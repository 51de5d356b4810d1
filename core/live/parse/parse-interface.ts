import { isLinkLocal } from "../../net/address.ts";
import { type Cidr, formatCidr } from "../../net/cidr.ts";
import type { LiveLink, LivePeer, LiveRecord } from "../types.ts";
import { type LineReader, type LineReaders, scalar } from "./block.ts";
import { attributes, hex, integer, interfaceAddress, key, network, orNone, revisionText, word } from "./fields.ts";
import { readPeer } from "./parse-peer.ts";

const POLICY_STATES = ["same", "missing", "none", "changed"] as const;
/** The helper counts no further, and a revision names no more. */
const MOST_GENERATIONS = 999_999;
/** The helper prints at most 200 of each. */
const MOST_POLICY_LINES = 200;

/** An address or a network, and in `words` what a planned one never has. */
export interface Attributed {
  readonly cidr: Cidr;
  readonly words: string;
}

export interface InterfaceDraft {
  record?: Omit<LiveRecord, "pending" | "documentMac">;
  pending?: LiveRecord["pending"];
  documentMac?: string;
  mark?: string;
  link?: Pick<LiveLink, "kind" | "implementation" | "answers" | "up" | "mtu">;
  publicKey?: string;
  port?: number;
  fwmark?: number;
  policy: (typeof POLICY_STATES)[number];
  readonly addresses: Attributed[];
  readonly connected: Cidr[];
  connected6?: boolean;
  readonly routes: (Attributed & { readonly metric: number })[];
  readonly peers: Map<string, LivePeer>;
  readonly sysctls: Map<string, { readonly want: string; readonly have: string }>;
  readonly unlike: Set<string>;
  readonly policyWant: string[];
  readonly policyHave: string[];
}

export function emptyInterface(): InterfaceDraft {
  const lists = { addresses: [], connected: [], routes: [], policyWant: [], policyHave: [] };
  return { ...lists, peers: new Map(), unlike: new Set(), sysctls: new Map(), policy: "none" };
}

type Reader = LineReader<InterfaceDraft>;

const record: Reader = {
  read(draft, fields) {
    const generation = integer(fields[0], MOST_GENERATIONS);
    const revision = orNone(fields[1], revisionText);
    const digest = orNone(fields[2], (text) => hex(text, 64));
    const owner = orNone(fields[3], (text) => hex(text, 32));
    const identity = orNone(fields[4], (text) => hex(text, 16));
    if (generation === undefined || revision === undefined || digest === undefined) return false;
    if (owner === undefined || identity === undefined || fields.length > 5) return false;
    draft.record = { generation, revision, digest, owner, identity };
    return true;
  },
};

/** Revision, seconds until it is rolled back, digest. */
const pending: Reader = {
  read(draft, fields) {
    const revision = revisionText(fields[0]);
    const secondsLeft = integer(fields[1], 86_400);
    const digest = orNone(fields[2], (text) => hex(text, 64));
    if (revision === undefined || secondsLeft === undefined || digest === undefined || fields.length > 3) return false;
    draft.pending = { revision, digest };
    return draft.record !== undefined;
  },
};

const link: Reader = {
  read(draft, fields) {
    const [kindText, implementationText, answers = "", up = "", mtuText] = fields;
    const kind = word(kindText);
    const implementation = orNone(implementationText, word);
    const mtu = integer(mtuText, 0xffff_ffff);
    if (kind === undefined || implementation === undefined || mtu === undefined || fields.length > 5) return false;
    draft.link = { kind, implementation, answers: answers === "yes", up: up === "yes", mtu };
    return ["yes", "no", "none"].includes(answers) && ["yes", "no"].includes(up);
  },
};

const ADDRESS = /^([^ ]+)(?: peer ([^ ]+))?( temporary| scope [A-Za-z0-9._-]{1,32}| broadcast [0-9.]{7,15})?$/;

/** `peer B/LEN` behind an address from point to point, `temporary` behind one that has a lifetime, `scope host` behind one of IPv4 that is not global, `broadcast A` behind one whose broadcast address is not the last of its network. */
const address: Reader = {
  count: "repeats",
  read(draft, _fields, rest) {
    const [, text = "", peerText, words = ""] = ADDRESS.exec(rest) ?? [];
    const cidr = interfaceAddress(text);
    if (cidr === undefined) return false;
    const peer = peerText === undefined ? undefined : interfaceAddress(peerText);
    if (peerText !== undefined && peer?.family !== cidr.family) return false;
    const odd = `${peer === undefined ? "" : ` peer ${formatCidr(peer)}`}${words}`.trimStart();
    if (!isLinkLocal(cidr)) draft.addresses.push({ cidr, words: odd });
    return true;
  },
};

/** An IPv4 address to whose network the kernel has its own route. */
const connected: Reader = {
  count: "repeats",
  read(draft, _fields, rest) {
    const value = interfaceAddress(rest);
    if (value?.family !== 4) return false;
    const isNew = draft.connected.every((other) => other.value !== value.value || other.length !== value.length);
    draft.connected.push(value);
    return isNew;
  },
};

const connected6: Reader = {
  read(draft, _fields, rest) {
    draft.connected6 = rest === "yes";
    return rest === "yes" || rest === "no";
  },
};

const route: Reader = {
  count: "repeats",
  read(draft, fields) {
    const cidr = network(fields[0]);
    const metric = integer(fields[1], 0xffff_ffff);
    const words = attributes(fields.slice(2));
    if (cidr === undefined || metric === undefined || words === undefined) return false;
    draft.routes.push({ cidr, metric, words });
    return true;
  },
};

const peer: Reader = {
  count: "repeats",
  read(draft, fields) {
    const value = readPeer(fields);
    if (value === undefined || draft.peers.has(value.publicKey)) return false;
    draft.peers.set(value.publicKey, value);
    return true;
  },
};

const DRIFTING = ["implementation", "key", "port", "mtu", "address", "route"];

const unlike: Reader = {
  count: "repeats",
  read(draft, fields, rest) {
    const [kind = "", peerKey] = fields;
    draft.unlike.add(rest);
    if (kind === "peer") return key(peerKey) !== undefined && fields.length === 2;
    return DRIFTING.includes(kind) && fields.length === 1;
  },
};

const sysctl: Reader = {
  count: "repeats",
  read(draft, fields) {
    const name = word(fields[0], 128);
    const want = orNone(fields[1], word);
    const have = orNone(fields[2], word);
    if (name === undefined || want === undefined || have === undefined || fields.length > 3) return false;
    if (draft.sysctls.has(name)) return false;
    draft.sysctls.set(name, { want, have });
    return true;
  },
};

function policyLines(list: "policyWant" | "policyHave"): Reader {
  return {
    count: "repeats",
    read(draft, _fields, rest) {
      draft[list].push(rest);
      return draft.policy === "changed" && rest !== "" && draft[list].length <= MOST_POLICY_LINES;
    },
  };
}

export const interfaceLines: LineReaders<InterfaceDraft> = new Map([
  ["record", record],
  ["pending", pending],
  ["document", scalar<InterfaceDraft, "documentMac">("documentMac", (text) => hex(text, 64))],
  ["link", link],
  ["mark", scalar<InterfaceDraft, "mark">("mark", (text) => orNone(text, (owner) => hex(owner, 32)))],
  // The helper sorts what the link tells.
  ["address", address],
  ["connected", connected],
  ["connected6", connected6],
  ["fwmark", scalar<InterfaceDraft, "fwmark">("fwmark", (text) => integer(text, 0xffff_ffff))],
  ["key", scalar<InterfaceDraft, "publicKey">("publicKey", (text) => orNone(text, key))],
  ["peer", peer],
  ["port", scalar<InterfaceDraft, "port">("port", (text) => integer(text, 0xffff))],
  ["route", route],
  ["unlike", unlike],
  ["sysctl", sysctl],
  ["policy", scalar<InterfaceDraft, "policy">("policy", (text) => POLICY_STATES.find((known) => known === text))],
  ["policy-want", policyLines("policyWant")],
  ["policy-have", policyLines("policyHave")],
]);
