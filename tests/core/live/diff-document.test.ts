import type { InterfaceAudit } from "../../../core/live/audit.ts";
import { diffDocument, isTakenOver } from "../../../core/live/diff-document.ts";
import { execution, liveOf, planOf } from "../../support/live.ts";

const plan = planOf(1);
const { record } = liveOf(plan);
const settled: InterfaceAudit = {
  plan,
  execution,
  document: "",
  revision: "",
  nonce: "",
  differences: [],
  drift: [],
  record,
  isTakenOver: false,
  state: "settled",
};

test.each<[string, Partial<InterfaceAudit>, string[]]>([
  ["is this plan's", {}, []],
  ["is this plan's, and the device has moved", { state: "drift" }, []],
  ["was never there", { state: "change", record: undefined }, ["nothing applied"]],
  ["is of an earlier plan", { state: "change" }, ["an earlier plan, or other settings"]],
  ["is another stack's", { state: "change", isTakenOver: true }, ["that of another stack, name or address"]],
])("a document that %s", (_, audit, have) => {
  const found = diffDocument({ ...settled, ...audit });
  expect(found).toEqual(have.map((one) => ({ property: "document", want: "this plan", have: one, severity: "wrong" })));
  expect(found.some(isTakenOver)).toBe(audit.isTakenOver ?? false);
});
