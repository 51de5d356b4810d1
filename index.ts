// Pick this stack's server, compile, probe, construct.
import { randomBytes } from "node:crypto";
import { getStack, isDryRun, warn } from "./components/engine.ts";
import { refuse } from "./components/refuse.ts";
import { Server } from "./components/server.ts";
import { isRootSecretInClear, rawStackConfig, rootSecretSetting } from "./components/stack-config.ts";
import { auditBase, auditServer } from "./core/live/audit.ts";
import { portMoves } from "./core/live/port-moves.ts";
import type { Difference } from "./core/live/types.ts";
import { warnings } from "./core/live/warnings.ts";
import { formatAddress } from "./core/net/address.ts";
import { describeProfiles } from "./core/render/describe.ts";
import { messageOf } from "./core/thrown.ts";
import { sshSettings } from "./device/ssh-settings.ts";
import { writeLock } from "./project/intent.ts";
import { deriveAhead } from "./project/key-ring.ts";
import { observe, readHelper } from "./project/observe.ts";
import { refusals } from "./project/refusals.ts";
import { secretInClear } from "./project/root-secret.ts";
import { openStack, type Stack } from "./project/stack.ts";

// The SDK keeps a stack trace per promise and maps each through the source maps of its own build: 0.2 s for 15 interfaces.
// Node strips types in place, so our own lines need no map.
Object.assign(Error, { prepareStackTrace: undefined });

await deploy().catch(refuse);

async function deploy(): Promise<void> {
  if (isRootSecretInClear()) throw new Error(secretInClear(getStack()));
  const stack = openStack({
    name: getStack(),
    settings: rawStackConfig(),
    rootSecret: rootSecretSetting(),
    directory: process.cwd(),
  });
  const { name, plan, keys, config, intent } = stack;
  if (intent.lock.state === "stale" && !isDryRun()) writeLock(intent.lock);

  const helper = readHelper();
  const settings = await sshSettings(config, formatAddress(plan.address));
  const salt = randomBytes(16).toString("hex");
  const asking = probed(stack, () => observe({ plan, settings, helper, salt }));
  const [device] = await Promise.all([asking, deriveAhead(plan, keys)]);
  const audit = { stack: name, plan, keys, config, device, salt };
  const base = auditBase(audit, helper.sha256, Date.now() / 1000);
  const interfaces = auditServer(audit);
  for (const text of warnings({ plan, keys, device, base, interfaces })) await warn(text);
  const { ordered, giver, refusals: impossible } = portMoves(interfaces, device);
  // Of one interface alone its apply tells the same.
  const several = interfaces.filter(({ state }) => state !== "settled").length > 1;
  const refused = several ? await refusals({ settings, helper, device, interfaces }) : [];
  await refuseEarly(plan.server, [...impossible, ...refused]);

  new Server(plan.server, {
    server: plan.server,
    connection: settings,
    helper,
    identity: base.identity,
    revision: base.revision,
    drift: driftOf(base.differences),
    profiles: describeProfiles(plan),
    interfaces: ordered.map((wg) => ({
      ...wg,
      follows: giver.get(wg.plan.name),
      place: interfaces.indexOf(wg),
      publicKey: keys.publicKey(wg.plan.key),
      drift: driftOf(wg.drift),
    })),
  });
}

/** Before anything is changed: an interface that is refused half-way keeps the others from their confirmation. */
async function refuseEarly(server: string, refused: readonly string[]): Promise<void> {
  if (refused.length === 0) return;
  if (!isDryRun())
    throw new Error(`${server} was not changed, for it would refuse a part of it\n${refused.join("\n")}`);
  for (const text of refused) await warn(`up will be refused as a whole: ${text}`);
}

/** Asks the device, as strictly as the stack wants it. A device that did not answer is never taken for clean. */
async function probed<T>({ name, config, plan }: Stack, ask: () => Promise<T>): Promise<T | undefined> {
  if (config.probe === "required") return ask();
  if (!isDryRun()) throw new Error(`up needs the device's answer; set wirewright:probe of stack ${name} to required`);
  if (config.probe === "warn") {
    try {
      return await ask();
    } catch (error) {
      await warn(messageOf(error));
    }
  }
  await warn(`${plan.server} was not audited: whatever it has, everything is shown as to be applied`);
  return undefined;
}

/** By property, as previews show it; a name that comes again is numbered. */
function driftOf(differences: readonly Difference[]): Record<string, { want: string; have: string }> {
  const shown: Record<string, { want: string; have: string }> = {};
  for (const { property, severity, want, have } of differences) {
    if (severity === "informational") continue;
    let name = property;
    for (let n = 2; Object.hasOwn(shown, name); n++) name = `${property} (${n})`;
    shown[name] = { want, have };
  }
  return shown;
}
