import type { Observation, Reading, ToolOutput } from "./model.ts";
import { type FpingResult, parseFping } from "./read/fping.ts";
import { type Iperf3Result, parseIperf3 } from "./read/iperf3.ts";
import { parseFirstAnswer } from "./read/ping.ts";
import { parseSections, type Sections } from "./read/samples.ts";
import { type WindowUse, windowUse } from "./read/window.ts";
import { both, chain, map, orSkip } from "./reading.ts";

/** One observation, read once: what metrics and validation look at. */
export interface Seen {
  readonly iperf3: Reading<Iperf3Result>;
  readonly fping: Reading<FpingResult>;
  readonly device: Reading<WindowUse>;
  readonly deviceAfter: Reading<Sections>;
  /** Round trip of the very first packet, which the handshake precedes; seconds. */
  readonly firstAnswer: Reading;
}

export function look(observation: Observation): Seen {
  const output = (tool: ToolOutput["tool"]) =>
    orSkip(
      observation.outputs.find((one) => one.tool === tool),
      `${tool} did not run`,
    );
  const deviceAfter = sections(observation, "device", "after");
  return {
    iperf3: chain(output("iperf3"), parseIperf3),
    fping: chain(output("fping"), parseFping),
    device: map(both(sections(observation, "device", "before"), deviceAfter), ([before, after]) =>
      windowUse(before, after),
    ),
    deviceAfter,
    firstAnswer: chain(both(output("wg"), output("ping")), ([shaken, ping]) => parseFirstAnswer(shaken, ping)),
  };
}

export function sections(
  observation: Observation,
  end: "device" | "client",
  when: "before" | "after",
): Reading<Sections> {
  const sample = observation.samples.find((one) => one.end === end && one.when === when);
  if (sample === undefined) return { skipped: `no sample of the ${end} ${when} the load` };
  return orSkip(parseSections(sample.text), `the sample of the ${end} ${when} the load is cut short`);
}
