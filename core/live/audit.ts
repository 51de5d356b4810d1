import { formatAddress } from "../net/address.ts";
import { sha256Hex } from "../net/hash.ts";
import type { KeyRing } from "../plan/keys.ts";
import { execution as executionOf, type StackConfig } from "../plan/stack.ts";
import type { Execution, InterfacePlan, ServerPlan } from "../plan/types.ts";
import { renderDocument, sealDocument } from "../render/document.ts";
import { diff } from "./diff.ts";
import { diffDevice } from "./diff-device.ts";
import { driftBeside } from "./drift.ts";
import { revision as revisionOf } from "./revision.ts";
import type { Difference, LiveDevice, LiveRecord } from "./types.ts";

export interface AuditInput {
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
  readonly identity: string;
  readonly revision: string;
  /** Secret until it is used. */
  readonly nonce: string;
  /** Between the plan and the device, whoever moved. */
  readonly differences: readonly Difference[];
  /** Those of them in which the device left what was confirmed; the rest is the intent's own change. */
  readonly drift: readonly Difference[];
  readonly record: LiveRecord | undefined;
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

function auditInterface(plan: InterfacePlan, { plan: server, keys, config, device, salt }: AuditInput): InterfaceAudit {
  const execution = executionOf(config, plan.name);
  const identity = identityOf(server, plan.name);
  const { body, digest } = renderDocument(plan, keys, execution, identity);
  const live = device?.interfaces.get(plan.name);
  const record = live?.record;
  const differences = device === undefined ? [] : diff({ plan, keys, execution, live, salt });
  const sameDocument = record !== undefined && record.digest === digest && record.identity === identity;
  const settled = sameDocument && record.pending === undefined;
  const revision = revisionOf({
    generation: record?.generation ?? 0,
    deviceRevision: settled ? record.revision : "",
    desired: digest,
    differences,
    salt,
  });
  const nonce = keys.nonce(`${revision} ${digest}`);
  return {
    plan,
    execution,
    document: sealDocument({ body, digest, nonce }),
    identity,
    revision,
    nonce,
    differences,
    drift: sameDocument ? differences : driftBeside({ plan, keys, execution, live, salt }, differences),
    record,
    state: !sameDocument ? "change" : revision === record.revision ? "settled" : "drift",
  };
}

/** Compares the helper and its boot hook. */
export function auditBase(
  { plan, config, device, salt }: AuditInput,
  helperSha256: string,
  nowSeconds: number,
): BaseAudit {
  const implementations = [...new Set(plan.interfaces.map((wg) => executionOf(config, wg.name).implementation))];
  const differences = device === undefined ? [] : diffDevice({ device, helperSha256, implementations, nowSeconds });
  const revision = revisionOf({
    generation: 0,
    deviceRevision: device?.helperRevision ?? "",
    desired: helperSha256,
    differences,
    salt,
  });
  return { identity: identityOf(plan, ""), revision, differences };
}

/** What would replace the Command: another address, server or interface is another thing. 16 hex digits. */
function identityOf({ address, server }: ServerPlan, interfaceName: string): string {
  return sha256Hex(JSON.stringify([formatAddress(address), server, interfaceName])).slice(0, 16);
}
