import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type KeyRing, keyRing } from "../../../core/plan/keys.ts";
import { execution, parseStackConfig } from "../../../core/plan/stack.ts";
import type { Execution, InterfacePlan, ServerPlan } from "../../../core/plan/types.ts";
import { renderClient } from "../../../core/render/client.ts";
import { renderDocument, sealDocument } from "../../../core/render/document.ts";
import { renderMatrixText } from "../../../core/render/matrix.ts";
import { renderPlanJson } from "../../../core/render/plan-json.ts";
import { renderPlanText } from "../../../core/render/plan-text.ts";
import { readIntent } from "../../../project/intent.ts";

// UPDATE_GOLDEN=1 writes what the program now says; the change is then reviewed as a diff.
const GOLDEN = join(import.meta.dirname, "../../golden");
const INPUTS = new Set(["domain.yaml", "domain.lock.yaml", "stacks.yaml"]);
const keys = keyRing(new TextEncoder().encode("the root secret of the golden cases, published and worthless"));
const cases = readdirSync(GOLDEN).sort();

/** Every file that a case gives, by name. */
function filesOf(name: string): ReadonlyMap<string, string> {
  const directory = join(GOLDEN, name);
  const { intent, problems } = readIntent(join(directory, "domain.yaml"));
  expect(problems).toEqual([]);
  const plans = intent?.plans ?? [];
  const stacks: Record<string, Record<string, unknown>> = parse(readFileSync(join(directory, "stacks.yaml"), "utf8"));
  const perInterface = plans.flatMap((plan) =>
    plan.interfaces.flatMap((wg) => interfaceFiles(plan, wg, executionOf(stacks[plan.server] ?? {}, wg.name))),
  );
  return new Map([
    ["plan.json", renderPlanJson(plans)],
    ["plan.txt", renderPlanText(plans)],
    ["matrix.txt", renderMatrixText(plans)],
    ["lock.yaml", intent?.lock.text ?? ""],
    ...perInterface,
  ]);
}

function executionOf(raw: Readonly<Record<string, unknown>>, wg: string): Execution {
  const { config, problems } = parseStackConfig(raw);
  expect(problems).toEqual([]);
  if (config === undefined) throw new Error("no configuration");
  return execution(config, wg);
}

function interfaceFiles(plan: ServerPlan, wg: InterfacePlan, execution: Execution): (readonly [string, string])[] {
  const document = renderDocument(wg, keys, execution, "0123456789abcdef");
  const clients = wg.peers.map((peer) => {
    const text = renderClient({ plan, interface: wg, peer, keys, execution });
    return [`${peer.path.replaceAll("/", ".")}.conf`, masked(text, wg, keys)] as const;
  });
  const sealed = sealDocument({ ...document, nonce: keys.nonce("revision") });
  return [[`${plan.server}.${wg.name}.document`, masked(sealed, wg, keys)], ...clients];
}

/** No private key, however worthless, lies about in the repository: names stand for secrets. */
function masked(text: string, wg: InterfacePlan, ring: KeyRing): string {
  const derived = [wg.key, ...wg.peers.flatMap((peer) => (peer.key.kind === "derived" ? [peer.key.name] : []))];
  const secrets = [
    ...derived.map((name) => [ring.privateKey(name), `{private key of ${name.path}, epoch ${name.epoch}}`] as const),
    ...wg.peers.map(
      ({ presharedKey: name }) => [ring.presharedKey(name), `{psk of ${name.path}, epoch ${name.epoch}}`] as const,
    ),
  ];
  return secrets.reduce((rest, [secret, name]) => rest.replaceAll(secret, name), text);
}

test.each(cases)("%s renders to the files beside it, and to no others", (name) => {
  const directory = join(GOLDEN, name);
  const files = filesOf(name);
  if (process.env.UPDATE_GOLDEN === "1") {
    for (const old of readdirSync(directory)) if (!INPUTS.has(old)) rmSync(join(directory, old));
    for (const [file, text] of files) writeFileSync(join(directory, file), text);
  }
  const stored = readdirSync(directory).filter((file) => !INPUTS.has(file));
  expect(stored.sort()).toEqual([...files.keys()].sort());
  for (const [file, text] of files) {
    expect(existsSync(join(directory, file))).toBe(true);
    expect([file, text]).toEqual([file, readFileSync(join(directory, file), "utf8")]);
  }
});

test("no golden file holds a private or a pre-shared key", () => {
  for (const name of cases) {
    const { intent } = readIntent(join(GOLDEN, name, "domain.yaml"));
    const all = readdirSync(join(GOLDEN, name)).map((file) => readFileSync(join(GOLDEN, name, file), "utf8"));
    const names = (intent?.plans ?? []).flatMap((plan) =>
      plan.interfaces.flatMap((wg) => [wg.key, ...wg.peers.map((peer) => peer.presharedKey)]),
    );
    for (const key of names) {
      for (const secret of [keys.privateKey(key), keys.presharedKey(key)]) {
        expect(all.some((text) => text.includes(secret))).toBe(false);
      }
    }
  }
});
