import { describeRefusal } from "../../device/refusal.ts";

test.each([
  ["wgctl: eth0 exists and is not ours; rename it\nmore\n", 79, /^eth0 exists and is not ours; rename it$/],
  ["banner\nwgctl: nft is missing; install it\n", 69, /^nft is missing; install it$/],
  ["sudo: a password is required\n", 1, /^the check on the device ended with exit code 1; log in by hand/],
])("stderr %j with exit code %d is one sentence", (stderr, exitCode, said) => {
  expect(describeRefusal({ stderr, exitCode })).toMatch(said);
});
