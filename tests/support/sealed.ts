import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLabStack } from "../../cli/input/lab-stack.ts";
import { execution } from "../../core/plan/stack.ts";
import { renderDocument, sealDocument } from "../../core/render/document.ts";
import type { Lab } from "../../lab/state.ts";
import type { Stack } from "../../project/stack.ts";
import { VERIFY_DOMAIN } from "./verify-domain.ts";

/** The verify domain without its policy tests, so that a test may take any client out of it. */
export const DOMAIN = VERIFY_DOMAIN.replace(/^expect:[\s\S]*/m, "").replace("{ tv: {} }", "{ tv: {}, radio: {} }");

const SETTINGS = `config:
  wirewright:domain: domain.yaml
  wirewright:server: router
  wirewright:implementation: wireguard-go
  wirewright:natInterface: wan0
  wirewright:rootSecretFile: root.secret
`;

/** The lab's stack "proof" of such a intent file: one server, the router, with one interface, wg0. */
export function writeStack(lab: Lab, domain = DOMAIN): Promise<Stack> {
  writeFileSync(join(lab.dir, "project/domain.yaml"), domain);
  writeFileSync(join(lab.dir, "project/Pulumi.proof.yaml"), SETTINGS);
  return openLabStack(lab, "proof");
}

/** What goes to the helper's stdin for wg0. Holds keys. */
export interface Sealed {
  readonly text: string;
  readonly revision: string;
  readonly nonce: string;
}

/** As `deployByHand` would send it. `alter` makes another document of it, valid and of the same owner. */
export function sealedOf({ plan, keys, config }: Stack, alter = (body: string): string => body): Sealed {
  const [wg] = plan.interfaces;
  if (wg === undefined) throw new Error(`${plan.server} has no interface`);
  const identity = createHash("sha256").update(wg.path).digest("hex").slice(0, 16);
  const body = alter(renderDocument(wg, keys, execution(config, wg.name), identity).body);
  const digest = keys.digest(body);
  const nonce = keys.nonce(wg.path);
  return { text: sealDocument({ body, digest, nonce }), revision: digest.slice(0, 16), nonce };
}
