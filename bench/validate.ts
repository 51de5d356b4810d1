import type { Observation, Reading, Scenario } from "./model.ts";
import { section } from "./read/samples.ts";
import type { WindowUse } from "./read/window.ts";
import { both, chain, map } from "./reading.ts";
import { look, type Seen, sections } from "./seen.ts";

/** `faults` make a run unusable; `doubts` are warnings about a run that counts. Neither depends on how good its numbers are. */
export interface Judgement {
  readonly faults: readonly string[];
  readonly doubts: readonly string[];
}

const LIMITS = {
  /** Above this the hypervisor's other guests were measured too. */
  stolenShare: 0.02,
  clockStepSeconds: 2,
  /** A load that ended early answered another question. */
  measuredShare: 0.9,
  /** Payload that must show at the tunnel's own interface; less means that it went another way. */
  carriedShare: 0.95,
  /** Echo requests cost next to nothing; what keeps the processors this busy is something else. */
  idleBusyShare: 0.5,
} as const;

export function judge(scenario: Scenario, observation: Observation): Judgement {
  const seen = look(observation);
  const { load } = scenario;
  const steal = device(seen, (use) => use.hostStolenShare);
  const step = device(seen, (use) => use.clockStepSeconds);
  const link = device(seen, (use) => use.link);
  return {
    faults: [
      ...reason(seen.device),
      ...(load.tool === "iperf3" ? iperf3Faults(load.direction, scenario, seen) : fpingFaults(seen)),
      // Without these counters nothing shows that a load went through the tunnel.
      ...(load.tool === "iperf3" ? unread(seen, "link counters", link) : []),
      ...when(
        steal,
        (share) => share > LIMITS.stolenShare,
        (share) => `the hypervisor withheld ${percent(share)} of the processor time`,
      ),
      ...when(
        step,
        (seconds) => seconds > LIMITS.clockStepSeconds,
        (seconds) => `the clock stepped by ${seconds.toFixed(1)} s`,
      ),
      ...when(
        device(seen, (use) => use.daemonRestarted),
        (restarted) => restarted,
        () => "the daemon was restarted during the run",
      ),
    ],
    doubts: [
      ...unread(seen, "withheld processor time", steal),
      ...unread(seen, "steps of the clock", step),
      ...when(
        link,
        ({ errors }) => errors > 0,
        ({ errors }) => `${errors} errors at the device's interface`,
      ),
      ...when(
        link,
        ({ drops }) => drops > 0,
        ({ drops }) => `${drops} drops at the device's interface`,
      ),
      ...when(
        handshakeTexts(observation),
        ([before, after]) => before !== after,
        () => "a new handshake fell into the window",
      ),
      ...when(
        device(seen, (use) => use.hostBusyShare),
        (share) => load.tool === "fping" && share > LIMITS.idleBusyShare,
        (share) => `other work kept the processors ${percent(share)} busy`,
      ),
    ],
  };
}

function iperf3Faults(direction: "client-to-server" | "server-to-client", scenario: Scenario, seen: Seen): string[] {
  const wanted = scenario.measureSeconds * LIMITS.measuredShare;
  const carried = both(
    seen.iperf3,
    device(seen, (use) => use.link),
  );
  return [
    ...reason(seen.iperf3),
    ...when(
      seen.iperf3,
      (result) => result.receivedSeconds < wanted,
      (result) => `the load ended after ${result.receivedSeconds.toFixed(1)} s of ${scenario.measureSeconds} s`,
    ),
    ...when(
      seen.iperf3,
      (result) => result.receivedBytes === 0,
      () => "no byte arrived",
    ),
    ...when(
      carried,
      ([result, link]) =>
        (direction === "client-to-server" ? link.receivedBytes : link.sentBytes) <
        result.receivedBytes * LIMITS.carriedShare,
      () => "the traffic did not pass the tunnel's interface",
    ),
  ];
}

function fpingFaults(seen: Seen): string[] {
  return [
    ...reason(seen.fping),
    ...when(
      seen.fping,
      (result) => result.lost === result.sent,
      () => "no echo request was answered",
    ),
  ];
}

function device<T>(seen: Seen, read: (use: WindowUse) => Reading<T>): Reading<T> {
  return chain(seen.device, read);
}

/** As the client's implementation prints them; the same text before and after means that no new session began. */
function handshakeTexts(observation: Observation): Reading<readonly [string, string]> {
  const text = (at: "before" | "after") =>
    chain(sections(observation, "client", at), (found) => section(found, "handshakes"));
  return map(both(text("before"), text("after")), ([before, after]) => [before.trim(), after.trim()] as const);
}

/** A check that could not be made; nothing where the whole device was not seen, which is a fault of its own. */
function unread(seen: Seen, what: string, reading: Reading<unknown>): string[] {
  return "value" in seen.device ? reason(reading).map((why) => `${what} not checked: ${why}`) : [];
}

function reason(reading: Reading<unknown>): string[] {
  return "skipped" in reading ? [reading.skipped] : [];
}

function when<T>(reading: Reading<T>, holds: (value: T) => boolean, say: (value: T) => string): string[] {
  return "value" in reading && holds(reading.value) ? [say(reading.value)] : [];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
