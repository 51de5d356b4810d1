import { formatAddress } from "../net/address.ts";
import { sha256Hex } from "../net/hash.ts";
import type { KeyRing } from "../plan/keys.ts";
import { execution as executionOf, type StackConfig } from "../plan/stack.ts";
import type { Execution, InterfacePlan, ServerPlan } from "../plan/types.ts";
import { renderDocument, sealDocument } from "../render/document.ts";
import { diff } from "./diff.ts";
import { diffDevice } from "./diff-device.ts";
import { compare } from "./difference.ts";
import { driftBeside } from "./drift.ts";
import { revision as revisionOf } from "./revision.ts";
import type { Difference, LiveDevice, LiveRecord } from "./types.ts";

export interface AuditInput {
  /** Name of the Pulumi stack. */
  readonly stack: string;
  readonly plan: ServerPlan;
  readonly keys: KeyRing;
  readonly config: StackConfig;
  /** What the device said; undefined when it was not asked or did not answer. */
  readonly device: LiveDevice | undefined;
  /** 32 hex digits: the salt that the probe was given. */
  readonly salt: string;
}

/** One interface: what it should be, what it is, and the revision that an apply would bring. */
export interface InterfaceAudit {
  readonly plan: InterfacePlan;
  readonly execution: Execution;
  /** Sealed for the helper's stdin. Secret. */
  readonly document: string;
  readonly revision: string;
  /** Secret until it is used. */
  readonly nonce: string;
  /** Between the plan and the device, whoever moved. */
  readonly differences: readonly Difference[];
  /** Those of them in which the device left what was confirmed; the rest is the intent's own change. */
  readonly drift: readonly Difference[];
  readonly record: LiveRecord | undefined;
  /** Applied last by a resource of another stack, name or address, which will then leave it alone. */
  readonly isTakenOver: boolean;
  /** `settled`: nothing to do. `drift`: the device left what was applied. `change`: the intent did. */
  readonly state: "settled" | "drift" | "change";
}

export interface BaseAudit {
  readonly identity: string;
  readonly revision: string;
  readonly differences: readonly Difference[];
}

/** Compares every interface of the plan with the device. Without a device everything counts as a change. */
export function auditServer(input: AuditInput): InterfaceAudit[] {
  return input.plan.interfaces.map((plan) => auditInterface(plan, input));
}

function auditInterface(plan: InterfacePlan, input: AuditInput): InterfaceAudit {
  const { keys, config, device, salt } = input;
  const execution = executionOf(config, plan.name);
  const identity = identityOf(input, plan.name);
  const { body, digest } = renderDocument(plan, keys, execution, identity);
  const live = device?.interfaces.get(plan.name);
  const record = live?.record;
  const sameDocument = record !== undefined && record.digest === digest && record.identity === identity;
  const seal = (revision: string): string => sealDocument({ body, digest, nonce: nonceOf(keys, revision, digest) });
  const observed = { plan, keys, execution, live, salt };
  const differences = [
    ...(device === undefined ? [] : diff(observed)),
    ...(sameDocument ? diffStored(record, seal, salt) : []),
  ];
  const revision =
    takenUp(record, digest) ??
    revisionOf({
      generation: record?.generation ?? 0,
      deviceRevision: sameDocument && record.pending === undefined ? record.revision : "",
      desired: digest,
      differences,
      salt,
    });
  return {
    plan,
    execution,
    document: seal(revision),
    revision,
    nonce: nonceOf(keys, revision, digest),
    differences,
    drift: sameDocument ? differences : driftBeside(observed, differences),
    record,
    isTakenOver: record?.owner === keys.owner && record.identity !== "" && record.identity !== identity,
    state: !sameDocument ? "change" : revision === record.revision ? "settled" : "drift",
  };
}

/**
 * The very change that awaits its confirmation, as after a run that was killed, is taken up again. A removal that was
 * stopped names the confirmed revision, and is none.
 */
function takenUp(record: LiveRecord | undefined, digest: string): string | undefined {
  const { pending } = record ?? {};
  return pending?.digest === digest && pending.revision !== record?.revision ? pending.revision : undefined;
}

/** Confirmations are tied to one revision of one document. */
function nonceOf(keys: KeyRing, revision: string, digest: string): string {
  return keys.nonce(`${revision} ${digest}`);
}

/** What the device keeps for its next start must be, byte by byte, what was confirmed. */
function diffStored(
  { documentMac, revision }: LiveRecord,
  seal: (revision: string) => string,
  salt: string,
): readonly Difference[] {
  if (documentMac === undefined || revision === "") return [];
  const have = documentMac === sha256Hex(salt + seal(revision)) ? "as confirmed" : "altered";
  return compare("document", "as confirmed", have, "critical");
}

/** Compares the helper and its boot hook. */
export function auditBase(input: AuditInput, helperSha256: string, nowSeconds: number): BaseAudit {
  const { plan, config, device, salt } = input;
  const implementations = [...new Set(plan.interfaces.map((wg) => executionOf(config, wg.name).implementation))];
  const differences = device === undefined ? [] : diffDevice({ device, helperSha256, implementations, nowSeconds });
  const identity = identityOf(input, "");
  // Begins as the identity does: what another resource has installed is to be taken over.
  const sign = identity.slice(0, 8);
  const installed = device?.helperRevision?.startsWith(sign) ? device.helperRevision : "";
  const next = revisionOf({ deviceRevision: installed, desired: helperSha256, differences, salt });
  return { identity, revision: next === installed ? installed : `${sign}${next.slice(8)}`, differences };
}

/** Of the resource that has it, as its stack, name and address make it, so that no two have one. 16 hex digits. */
function identityOf({ stack, plan: { server, address } }: AuditInput, interfaceName: string): string {
  return sha256Hex(JSON.stringify([stack, server, interfaceName, formatAddress(address)])).slice(0, 16);
}
