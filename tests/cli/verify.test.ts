import { Command } from "commander";
import { labFor } from "../../cli/lab.ts";
import { errorText, exitCodeOf } from "../../cli/output.ts";
import { type VerifyReport, type VerifyResult, verifyStack } from "../../cli/verify/expectations.ts";
import { register } from "../../cli/verify.ts";
import { labOf } from "../../lab/state.ts";

jest.mock("../../cli/lab.ts");
jest.mock("../../cli/verify/expectations.ts");

afterEach(() => {
  process.exitCode = undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeAllListeners(signal);
  jest.restoreAllMocks();
});

const result = (outcome: VerifyResult["outcome"]): VerifyResult => ({
  ...{ from: "router/wg0/laptop", to: "192.168.1.10", port: "tcp/22", verdict: "allow", detail: "as seen" },
  outcome,
});

/** Runs the verb on what the packets have shown. */
async function verify(report: VerifyReport, ...args: string[]) {
  let out = "";
  jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  jest.mocked(labFor).mockResolvedValue(labOf("nowhere"));
  jest.mocked(verifyStack).mockResolvedValue(report);
  const program = new Command().exitOverride();
  register(program);
  const ended = program.parseAsync(["verify", "--stack", "router", ...args], { from: "user" });
  const { code, err } = await ended.then(
    () => ({ code: process.exitCode, err: "" }),
    (error: unknown) => ({ code: exitCodeOf(error), err: errorText(error) }),
  );
  return { code, err, out };
}

const report = (pairs: number, ...outcomes: readonly VerifyResult["outcome"][]): VerifyReport => ({
  expectations: outcomes.map(result),
  sampled: [],
  pairs,
});

test.each<[number, VerifyResult["outcome"][]]>([
  [0, ["agrees", "paper"]],
  [3, ["agrees", "unclear", "disagrees"]],
  [1, ["agrees", "unclear"]],
])("the exit code is %s for %s", async (code, outcomes) => {
  expect(await verify(report(24, ...outcomes))).toMatchObject({ code, err: "" });
});

test.each([[["paper"]], [[]]] as const)(
  "a run that sent nothing (%s) proves nothing, and says what it takes",
  async (outcomes) => {
    for (const format of [[], ["--json"]]) {
      const { code, err, out } = await verify(report(0, ...outcomes), ...format);
      expect(code).toBe(1);
      expect(err).toMatch(/^wirewright: nothing was tried with packets.*publicKey.*expect line.*--samples.*\n$/);
      expect(out).not.toBe("");
    }
  },
);

test("a sample that came out smaller than asked for is told", async () => {
  expect((await verify(report(3, "agrees"))).out).toContain("\n3 of 24 pairs could be drawn: ");
  expect((await verify(report(24, "agrees"))).out).not.toContain("pairs");
  expect((await verify(report(0, "agrees"), "--samples", "0")).out).not.toContain("pairs");
  expect(JSON.parse((await verify(report(3, "agrees"), "--json")).out)).toMatchObject({ samples: 24, pairs: 3 });
});
