import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { buildKiller, noKillerBecause } from "../support/killer.ts";
import { noScenarioBecause, runScenario, SCENARIO_MS, testScenarios } from "../support/scenario.ts";

// What the device helper does on bad days: killed, restarted, with broken tools, disks and records, and with many peers.

testScenarios([
  ["damaged records, scratch and tools never mean: delete", "dash", "damage", []],
  ["damaged records, scratch and tools never mean: delete", "ash", "damage", ["boringtun"]],
  ["a change that nobody confirms is undone in time although /run is full", "dash", "full", []],
  ["a change that nobody confirms is undone in time although /run is full", "ash", "full", ["boringtun"]],
  ["a start of the device brings up what was last confirmed", "dash", "boot", []],
  ["a start of the device brings up what was last confirmed", "ash", "boot", ["boringtun"]],
  ["a tool that is broken ends in a clear word and the old state", "dash", "tools", []],
  ["killed at any call, the device ends exactly old or new", "dash", "crash", ["15", "1", "before after orphan alone"]],
  ["nobody recovers beside the subshell of a helper that was killed", "dash", "alone", []],
  [
    "killed at any call, the device ends exactly old or new",
    "dash",
    "crash",
    ["6", "2", "before after orphan", "boringtun"],
  ],
  [
    "with a tool that fails at any call, the device ends exactly old or new",
    "dash",
    "crash",
    ["12", "3", "fail half garbage reorder"],
  ],
  ["ten thousand peers are applied, probed and one more added", "dash", "scale", ["10000"]],
]);

const noKiller = noScenarioBecause ?? noKillerBecause();
if (noKiller !== undefined) console.warn(`skipped: killing at a system call: ${noKiller}`);

(noKiller === undefined ? test.each : test.skip.each)([
  ["dash", "4"],
  ["ash", "5"],
])(
  "killed at any system call that changes something, the device ends exactly old or new (%s)",
  async (shell, seed) => {
    const killer = buildKiller();
    const said = await runScenario(shell, "crash", ["12", seed, "call-before call-after"], killer);
    rmSync(dirname(killer), { recursive: true });
    console.info(said.match(/^crash: .*trials \(.*$/m)?.[0]);
    expect(said).toContain(`scenario crash (${shell}): done`);
    expect(Number(/, (\d+) hit/.exec(said)?.[1])).toBeGreaterThan(6);
  },
  SCENARIO_MS,
);
