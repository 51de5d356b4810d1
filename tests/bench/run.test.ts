import type { Clock } from "../../bench/bounded.ts";
import type { Observation, Slot } from "../../bench/model.ts";
import { type RunEvent, type Runner, runSession, type SessionPlan } from "../../bench/run.ts";
import { fixture, iperf3Output, observation, upload } from "./fixtures.ts";

const good = observation(iperf3Output(fixture("iperf3-up.json")));
const arms = ["nas/wg1", "nas/wg2", "nas/wg3"];
const plan: SessionPlan = {
  slots: arms.map((arm, position) => ({ block: 0, position, arm, scenario: upload.name })),
  scenarios: [upload],
  limits: { setupSeconds: 20, executeSlackSeconds: 10, teardownSeconds: 15 },
};

/** Time moves only when the script says so; an alarm rings when it is passed. */
function scriptedClock(): Clock & { pass(seconds: number): Promise<void> } {
  let now = 0;
  const alarms = new Map<symbol, { readonly at: number; readonly ring: () => void }>();
  return {
    seconds: () => now,
    wallTime: () => new Date(now * 1000).toISOString(),
    alarm(afterSeconds, ring) {
      const name = Symbol("alarm");
      alarms.set(name, { at: now + afterSeconds, ring });
      return () => alarms.delete(name);
    },
    async pass(seconds) {
      now += seconds;
      for (const [name, alarm] of alarms) if (alarm.at <= now && alarms.delete(name)) alarm.ring();
    },
  };
}

interface Script {
  readonly setup?: (slot: Slot, signal: AbortSignal) => Promise<void>;
  readonly execute?: (slot: Slot, signal: AbortSignal) => Promise<Observation>;
  readonly teardown?: (slot: Slot) => Promise<readonly string[]>;
}

function fakeRunner(script: Script): { readonly runner: Runner; readonly calls: string[] } {
  const calls: string[] = [];
  const runner: Runner = {
    async setup(slot, signal) {
      calls.push(`setup ${slot.arm}`);
      await script.setup?.(slot, signal);
    },
    async execute(slot, signal) {
      calls.push(`execute ${slot.arm}`);
      return script.execute?.(slot, signal) ?? good;
    },
    async teardown(slot) {
      calls.push(`teardown ${slot.arm}`);
      return script.teardown?.(slot) ?? [];
    },
    validate(slot) {
      calls.push(`validate ${slot.arm}`);
      return { faults: [], doubts: [] };
    },
  };
  return { runner, calls };
}

async function session(script: Script, clock = scriptedClock(), signal = new AbortController().signal) {
  const { runner, calls } = fakeRunner(script);
  const events: RunEvent[] = [];
  const result = await runSession(plan, runner, clock, signal, (event) => events.push(event));
  return { ...result, calls, events };
}

/** Never ends by itself; `meanwhile` happens while it is waited for. */
function hanging(meanwhile: () => void): Promise<never> {
  setImmediate(meanwhile);
  return new Promise(() => undefined);
}

test("every slot is set up, executed, torn down and validated before the next begins", async () => {
  const { runs, state, calls } = await session({});
  expect(calls).toEqual(
    arms.flatMap((arm) => ["setup", "execute", "teardown", "validate"].map((stage) => `${stage} ${arm}`)),
  );
  expect(runs.map((run) => run.status)).toEqual(["valid", "valid", "valid"]);
  expect(state).toBe("complete");
});

test("stages carry the time they took", async () => {
  const clock = scriptedClock();
  const { runs } = await session({ setup: () => clock.pass(3), teardown: () => clock.pass(1).then(() => []) }, clock);
  expect(runs[0]?.stages.map((stage) => [stage.stage, stage.seconds])).toEqual([
    ["setup", 3],
    ["execute", 0],
    ["teardown", 1],
    ["validate", 0],
  ]);
});

test("a set-up that fails is torn down all the same, has no numbers, and the session goes on", async () => {
  const { runs, calls, state } = await session({
    setup: async (slot) => {
      if (slot.arm === "nas/wg1") throw new Error("no handshake within 10 s");
    },
  });
  expect(calls.slice(0, 3)).toEqual(["setup nas/wg1", "teardown nas/wg1", "setup nas/wg2"]);
  expect(runs[0]).toMatchObject({ status: "failed", faults: ["setup: no handshake within 10 s"], metrics: [] });
  expect(runs[0]?.stages.map((stage) => stage.status)).toEqual(["failed", "not-run", "ok", "not-run"]);
  expect([runs[1]?.status, state]).toEqual(["valid", "complete"]);
});

test.each([
  ["an exception", async () => Promise.reject(new Error("boom")), "execute: boom"],
  ["a thrown text", async () => Promise.reject("plain"), "execute: plain"],
])("%s in execute is torn down and reported", async (_, execute, fault) => {
  const { runs, calls } = await session({ execute });
  expect(calls.slice(0, 3)).toEqual(["setup nas/wg1", "execute nas/wg1", "teardown nas/wg1"]);
  expect(runs[0]).toMatchObject({ status: "failed", faults: [fault] });
});

test.each(["setup", "execute"] as const)("a %s that never ends is given up and torn down", async (stage) => {
  const clock = scriptedClock();
  const { runs, calls } = await session({ [stage]: () => hanging(() => clock.pass(1000)) }, clock);
  expect(runs[0]?.faults[0]).toMatch(new RegExp(`^${stage}: no end after \\d+ s$`));
  expect(calls).toContain("teardown nas/wg1");
  expect(runs).toHaveLength(3);
});

test("an interrupt in any stage ends the session after one tear-down of the run it hit", async () => {
  for (const stage of ["setup", "execute"] as const) {
    const stop = new AbortController();
    const { runs, calls, state } = await session(
      { [stage]: () => hanging(() => stop.abort()) },
      scriptedClock(),
      stop.signal,
    );
    expect(runs.map((run) => run.status)).toEqual(["interrupted"]);
    expect(calls.filter((call) => call.startsWith("teardown"))).toEqual(["teardown nas/wg1"]);
    expect(calls).not.toContain("setup nas/wg2");
    expect(state).toBe("interrupted");
  }
});

test("an interrupt during tear-down does not cut the tear-down short, and keeps the run that is done", async () => {
  const stop = new AbortController();
  let finished = false;
  const teardown = async () => {
    stop.abort();
    await new Promise((resolve) => setImmediate(resolve));
    finished = true;
    return [];
  };
  const { runs, state } = await session({ teardown }, scriptedClock(), stop.signal);
  expect(finished).toBe(true);
  expect(runs.map((run) => run.status)).toEqual(["valid"]);
  expect(state).toBe("interrupted");
});

test("a session that is interrupted before it begins makes nothing", async () => {
  const { runs, calls, state } = await session({}, scriptedClock(), AbortSignal.abort());
  expect([runs, calls, state]).toEqual([[], [], "interrupted"]);
});

test("a tear-down is tried twice", async () => {
  let tries = 0;
  const { runs, state } = await session({ teardown: async () => (++tries === 1 ? ["link ww-c1"] : []) });
  expect([runs[0]?.status, runs.length, state]).toEqual(["valid", 3, "complete"]);
});

test.each([
  ["leaves something", async () => ["link ww-c1", "process 7"], "teardown: left behind: link ww-c1, process 7"],
  ["throws", async () => Promise.reject(new Error("no namespace")), "teardown: no namespace"],
])("a tear-down that %s makes the run invalid and ends the session", async (_, teardown, fault) => {
  const { runs, calls, state } = await session({ teardown });
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ status: "invalid", faults: [fault] });
  expect(calls).not.toContain("setup nas/wg2");
  expect(state).toBe("interrupted");
});

test("a tear-down that leaves something ends the session as interrupted after the last run, too", async () => {
  const teardown = async (slot: Slot) => (slot.arm === "nas/wg3" ? ["link ww-c1"] : []);
  const { runs, state } = await session({ teardown });
  expect(runs.map((run) => run.status)).toEqual(["valid", "valid", "invalid"]);
  expect(state).toBe("interrupted");
});

test("a tear-down that hangs is given up and ends the session", async () => {
  const clock = scriptedClock();
  const { runs, state } = await session({ teardown: () => hanging(() => clock.pass(1000)) }, clock);
  expect(runs[0]?.faults).toEqual(["teardown: no end after 15 s"]);
  expect(state).toBe("interrupted");
});

test("the validator's faults make a run invalid and keep its numbers", async () => {
  const { runner } = fakeRunner({});
  const strict: Runner = { ...runner, validate: () => ({ faults: ["the clock stepped"], doubts: ["drops"] }) };
  const { runs } = await runSession(plan, strict, scriptedClock(), new AbortController().signal, () => undefined);
  expect(runs[0]).toMatchObject({ status: "invalid", faults: ["the clock stepped"], doubts: ["drops"] });
  expect(runs[0]?.metrics.find((metric) => metric.name === "throughput")).toHaveProperty("value");
});

test("a validation that throws costs its own run its numbers, keeps what was seen, and the session goes on", async () => {
  const { runner } = fakeRunner({});
  const faulty: Runner = {
    ...runner,
    validate: (slot) => {
      if (slot.arm === "nas/wg1") throw new Error("boom");
      return { faults: [], doubts: [] };
    },
  };
  const { runs, state } = await runSession(
    plan,
    faulty,
    scriptedClock(),
    new AbortController().signal,
    () => undefined,
  );
  expect(runs[0]).toMatchObject({ status: "failed", faults: ["validate: boom"], metrics: [], observation: good });
  expect(runs[0]?.stages.map(({ stage, status }) => `${stage} ${status}`)).toEqual([
    "setup ok",
    "execute ok",
    "teardown ok",
    "validate failed",
  ]);
  expect([runs.map((run) => run.status).slice(1), state]).toEqual([["valid", "valid"], "complete"]);
});

test("progress names each run as it starts and ends", async () => {
  const { events } = await session({});
  expect(events.map((event) => `${event.kind} ${event.number}/${event.total}`)).toEqual([
    "started 1/3",
    "ended 1/3",
    "started 2/3",
    "ended 2/3",
    "started 3/3",
    "ended 3/3",
  ]);
});
