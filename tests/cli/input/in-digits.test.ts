import { Command, CommanderError } from "commander";
import { register as bench } from "../../../cli/bench.ts";
import { inDigits } from "../../../cli/input/in-digits.ts";
import { register as verify } from "../../../cli/verify.ts";

test.each(["0", "7", "007", "600"])("%s is read", (text) => {
  expect(inDigits("whole seconds", 0, 600)(text)).toBe(Number(text));
});

test.each(["", " 7", "-1", "+1", "1.5", "1e2", "0x10", "601", "9".repeat(400), "q", "７"])("%j is refused", (text) => {
  expect(() => inDigits("whole seconds", 1, 600)(text)).toThrow("Give whole seconds from 1 to 600, in digits.");
});

test.each([
  [verify, ["verify", "--stack", "router", "--samples", "q"], "--samples"],
  [verify, ["verify", "--stack", "router", "--samples", "10001"], "--samples"],
  [verify, ["verify", "--stack", "router", "--seed", "1e2"], "--seed"],
  [bench, ["bench", "run", "--stack", "router", "--seconds", "0x10"], "--seconds"],
])("%p %j says which option is wrong", async (register, args, option) => {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  register(program);
  const failure = await program.parseAsync(args, { from: "user" }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommanderError);
  expect(failure).toMatchObject({ message: expect.stringContaining(`option '${option} <n`) });
});
