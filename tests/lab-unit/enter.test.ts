import { once } from "node:events";
import { enter } from "../../lab/namespaces/enter.ts";
import { initOf } from "../../lab/namespaces/node.ts";
import { descendant } from "../../lab/namespaces/processes.ts";
import { capture } from "../../lab/run.ts";
import { labOf, nodeOf } from "../../lab/state.ts";

jest.mock("../../lab/namespaces/node.ts", () => ({
  ...jest.requireActual("../../lab/namespaces/node.ts"),
  initOf: jest.fn(),
}));
jest.mock("../../lab/namespaces/processes.ts", () => ({
  ...jest.requireActual("../../lab/namespaces/processes.ts"),
  descendant: jest.fn(),
}));

/** The kernel gives out none as high as this (proc_sys_kernel(5), pid_max). */
const NOBODY = 2 ** 22 + 1;

test.each([
  ["the command", 2],
  ["the shell in between", 1],
])("a signal that comes when %s has just ended is not delivered, and no error", async (_, depth) => {
  jest.mocked(initOf).mockReturnValue(NOBODY);
  jest.mocked(descendant).mockImplementation((_pid, generations) => (generations <= depth ? NOBODY : undefined));
  const lab = labOf("enter");
  const child = enter(lab, nodeOf(lab, "router"), ["true"], { stdio: "ignore" });
  const ended = once(child, "exit");
  expect(child.kill("SIGTERM")).toBe(false);
  await ended;
});

test.each([
  ["default", undefined, "run: wirewright lab up$"],
  ["other", undefined, "run: wirewright lab up --name other$"],
  ["other", "other", "run: wirewright lab up$"],
  ["default", "other", "run: wirewright lab up --name default$"],
])("what is not up names the command that changes that: lab %s, WIREWRIGHT_LAB %s", (name, byDefault, next) => {
  jest.mocked(initOf).mockReturnValue(undefined);
  process.env.WIREWRIGHT_STATE = "/nonexistent/state";
  process.env.WIREWRIGHT_LAB = byDefault ?? "";
  const lab = labOf(name);
  expect(() => enter(lab, nodeOf(lab, "router"), ["true"], {})).toThrow(new RegExp(next));
  expect(() => capture(lab, { argv: ["true"] })).toThrow(new RegExp(next));
});
