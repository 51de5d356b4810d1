import { spawnSync } from "node:child_process";
import {
  parseCpu,
  parseKernel,
  parseKilobytes,
  parseLink,
  parseProcess,
  parseSections,
} from "../../../bench/read/samples.ts";
import { daemonMemory, windowUse } from "../../../bench/read/window.ts";
import { DAEMON_SCRIPT, SAMPLE_SCRIPT } from "../../../bench/sample-script.ts";
import { after, before, type SampleFacts, sampleText } from "../fixtures.ts";

function sections(facts: SampleFacts) {
  const found = parseSections(sampleText(facts));
  if (found === undefined) throw new Error("the fixture is cut short");
  return found;
}

test("a process whose name looks like fields is read by its last bracket", () => {
  const line = "4321 (a) S 9 (b) S 7 1 1 0 -1 0 0 0 0 0 11 22 33 44 20 0 1 0 987 1 1";
  expect(parseProcess(line)).toEqual({ pid: 4321, parent: 7, own: 33, children: 77, started: 987 });
});

test.each(["", "1", "1 (x)", "1 (x) S", "x (y) S 1 2 3"])("%p is not a process", (line) => {
  expect(parseProcess(line)).toBeUndefined();
});

test("guest time is not counted twice, and steal is not busy", () => {
  expect(parseCpu("cpu  10 1 5 100 7 2 3 4 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n")).toEqual({
    busy: 21,
    stolen: 4,
    total: 132,
  });
  expect(parseCpu("cpu0 1 2 3\n")).toBeUndefined();
});

test("a counter that nstat leaves out is zero, a broken answer is none", () => {
  expect(parseKernel('{"kernel":{"A":3}}')?.("A")).toBe(3);
  expect(parseKernel('{"kernel":{"A":3}}')?.("B")).toBe(0);
  expect(parseKernel("{}")).toBeUndefined();
  expect(parseKernel("")).toBeUndefined();
});

test("a link without counters is none", () => {
  expect(parseLink("[]")).toBeUndefined();
  expect(parseLink("Device does not exist")).toBeUndefined();
});

test("memory is bytes", () => {
  expect(parseKilobytes("VmRSS")("VmHWM:\t  9 kB\nVmRSS:\t  3 kB\n")).toBe(3072);
  expect(parseKilobytes("Pss")("Pss_Dirty:  3 kB\n")).toBeUndefined();
});

test("the window is the difference, and the sampling itself is left out of the device", () => {
  const use = windowUse(sections(before), sections(after));
  expect(use.hostBusySeconds).toEqual({ value: 4 });
  expect(use.hostBusyShare).toEqual({ value: 400 / 600 });
  expect(use.daemonCpuSeconds).toEqual({ value: 1 });
  expect(use.processesCpuSeconds).toEqual({ value: 1 });
  expect(use.link).toMatchObject({ value: { receivedBytes: 12_000_000_000, drops: 0 } });
  expect(use.clockStepSeconds).toEqual({ value: 0 });
  expect(use.kernel("TcpRetransSegs")).toEqual({ value: 0 });
});

test.each([
  ["its parent", "10 2 7", ["1 0 5 100", "2 1 1 57"]],
  ["its parent, which is reaped too", "10 2 7", ["1 0 5 158"]],
  ["nobody on the device", "10 99 7", ["1 0 5 100", "2 1 1 50"]],
])(
  "what a process spent before the window does not count when it ends in it and is reaped by %s",
  (_, child, later) => {
    // In ticks, 100 a second: pid, parent, own, reaped children.
    const at = (self: number, rows: readonly string[]) => {
      const stats = rows.map((row) => {
        const [pid, parent, own, children = 0] = row.split(" ");
        return `${pid} (-) S ${parent} 1 1 0 -1 0 0 0 0 0 ${own} 0 ${children} 0 20 0 1 0 ${pid} 1 1`;
      });
      return parseSections(`== self\n${self}\n== ticks\n100\n== processes\n${stats.join("\n")}\n== end\n`) ?? new Map();
    };
    const use = windowUse(at(77, ["1 0 5 100", "2 1 1 50", child]), at(90, later));
    expect(use.processesCpuSeconds).toEqual({ value: 0 });
  },
);

test("a daemon that was restarted has no CPU time", () => {
  const use = windowUse(sections(before), sections({ ...after, daemonStarted: 950 }));
  expect(use.daemonCpuSeconds).toEqual({ skipped: "the daemon was restarted during the run" });
});

test("a missing tool is skipped with its reason and never zero", () => {
  const without = (facts: SampleFacts) =>
    parseSections(sampleText(facts).replace(/== kernel\n.*\n/, "== kernel\n!! no nstat on this machine\n"));
  const use = windowUse(without(before) ?? new Map(), without(after) ?? new Map());
  expect(use.kernel("TcpRetransSegs")).toEqual({ skipped: "no nstat on this machine" });
});

test("an interface without a daemon has no daemon memory", () => {
  const found = parseSections("== daemon\n!! no daemon: the kernel runs this interface\n== end\n") ?? new Map();
  expect(daemonMemory(found).resident).toEqual({ skipped: "no daemon: the kernel runs this interface" });
});

test("a sample that is cut short is none", () => {
  const text = sampleText(before);
  for (let length = 0; length < text.length - "== end\n".length; length += 7)
    expect(parseSections(text.slice(0, length))).toBeUndefined();
});

describe.each(["sh", "busybox sh"])("under %s", (shell) => {
  const [command = "sh", ...words] = shell.split(" ");
  const present = spawnSync(command, [...words, "-c", ":"]).status === 0;
  const sample = (pid: string, end: string) => {
    const run = spawnSync(command, [...words, "-s", "--", "lo", pid, end], { input: SAMPLE_SCRIPT, encoding: "utf8" });
    return { text: run.stdout, sections: parseSections(run.stdout), status: run.status };
  };
  const when = present ? test : test.skip;

  when("a real sample is whole and its own process is readable", () => {
    const { sections: found, status } = sample(String(process.pid), "device");
    expect(status).toBe(0);
    if (found === undefined) throw new Error("cut short");
    const use = windowUse(found, found);
    expect(use.daemonCpuSeconds).toEqual({ value: 0 });
    expect(use.processesCpuSeconds).toHaveProperty("value");
    expect(daemonMemory(found).resident).toEqual({ value: expect.any(Number) });
    // Those that the made-up sample has, each of which something reads.
    expect([...found.keys()].sort()).toEqual([...(parseSections(sampleText(before)) ?? new Map()).keys()].sort());
  });

  when("a process that does not exist is skipped", () => {
    const { sections: found } = sample("999999999", "client");
    expect(found?.get("daemon")).toHaveProperty("skipped");
    expect(found?.has("processes")).toBe(false);
  });

  when("an interface that no daemon runs has none", () => {
    const run = spawnSync(command, [...words, "-s", "--", "ww-none-0"], { input: DAEMON_SCRIPT, encoding: "utf8" });
    expect([run.status, run.stdout, run.stderr]).toEqual([0, "", ""]);
  });
});

test("the sampling never asks wg for anything that prints a secret", () => {
  expect(SAMPLE_SCRIPT).not.toMatch(/\bdump\b|showconf|private-key|preshared/);
  expect(SAMPLE_SCRIPT.match(/wg show "\$interface" (\S+)/g)).toEqual(['wg show "$interface" latest-handshakes']);
});
