import { describeExit } from "../../device/probe.ts";

const at = { host: "192.168.1.1", user: "admin" };

test.each([
  [
    "wgctl: nft is missing; install it on the device\n",
    69,
    /^the probe of 192\.168\.1\.1 failed: nft is missing; install it on the device$/,
  ],
  [
    "banner\nwgctl: wg did not answer within 5 s; try again\nmore\n",
    70,
    /failed: wg did not answer within 5 s; try again$/,
  ],
  [
    "sudo: a password is required\n",
    1,
    /needs root and admin can't run sudo without a password; allow it, or set wirewright:sshUser to root$/,
  ],
  ["sh: sudo: not found\n", 127, /failed: sh: sudo: not found; log in by hand and see why$/],
  [
    "sh: 1: Syntax error: end of file unexpected\n",
    2,
    /^the probe of 192\.168\.1\.1 failed: sh: 1: Syntax error: end of file unexpected; log in by hand and see why$/,
  ],
  ["", 71, /failed with exit code 71 and no message; log in by hand and see why$/],
  ["\n \n", 1, /failed with exit code 1 and no message/],
])("stderr %j with exit code %d is one sentence", (stderr, exitCode, said) => {
  expect(describeExit({ stderr, exitCode }, at)).toMatch(said);
});

test("what a device says can't act on the terminal, and not without end", () => {
  const said = describeExit({ stderr: `wgctl: \u001b]0;x\u0007${"é".repeat(5000)}\u202e\n`, exitCode: 71 }, at);
  expect(said).toMatch(/^[ -~]{50,400}$/);
});
