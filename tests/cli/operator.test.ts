import { operator } from "../../cli/operator.ts";
import { capture } from "../../lab/run.ts";

jest.mock("../../lab/run.ts");

const lab = { name: "x", dir: "/nonexistent", checkout: "/nonexistent" };
const ends = (code: number, stdout: string, stderr = "") =>
  jest.mocked(capture).mockReset().mockResolvedValue({ code, stdout, stderr });

test.each([
  ["the last error", "error: one\nwarning: two\n  error: three  \n", "Resources: 1\n", "error: three"],
  ["the error above pulumi's summary", "", "error: one\nResources:\n    1 errored\n", "error: one"],
  ["the last line where none is an error", "one\n\ntwo\n", "", "two"],
  ["that there is none", "\n", "", "it printed nothing"],
])("a failure is told with %s", async (_, stderr, stdout, told) => {
  ends(255, stdout, stderr);
  await expect(operator(lab, ["pulumi", "up"])).rejects.toThrow(`pulumi up ended with 255: ${told}`);
});

test("an exit code that is expected is no failure, and 0 is one where it is not", async () => {
  ends(7, "found");
  expect(await operator(lab, ["pulumi"], { expected: [7] })).toMatchObject({ code: 7, stdout: "found" });
  ends(0, "");
  await expect(operator(lab, ["pulumi"], { expected: [7] })).rejects.toThrow("ended with 0");
});

test("an abort ends the wait for a command that goes on, and starts no other", async () => {
  const stop = new AbortController();
  jest
    .mocked(capture)
    .mockReset()
    .mockReturnValue(new Promise(() => undefined));
  const waiting = operator(lab, ["pulumi", "up"], { signal: stop.signal });
  stop.abort(new Error("interrupted"));
  await expect(waiting).rejects.toThrow("interrupted");
  await expect(operator(lab, ["pulumi", "up"], { signal: stop.signal })).rejects.toThrow("interrupted");
  expect(capture).toHaveBeenCalledTimes(1);
});
