import { testScenarios } from "../support/scenario.ts";

// What the device helper does on good days; tests/lab/crash.test.ts has the bad ones.

testScenarios([
  ["what was installed and applied is removed without a trace", "dash", "trace", []],
  ["what was installed and applied is removed without a trace", "ash", "trace", ["boringtun"]],
  ["each kind of change arrives, names only what changed, and shows no secret", "dash", "changes", []],
  ["each kind of change arrives, names only what changed, and shows no secret", "dash", "changes", ["boringtun"]],
  ["each kind of change arrives, names only what changed, and shows no secret", "ash", "changes", []],
  ["a probe is whole or an error, and nothing of others is taken for ours", "dash", "probe", []],
  ["each kind of drift is seen and repaired", "dash", "drift", []],
  ["each kind of drift is seen and repaired", "ash", "drift", ["boringtun"]],
  ["a document that is not exactly right is refused before anything changes", "dash", "documents", []],
  ["a document that is not exactly right is refused before anything changes", "ash", "documents", []],
  ["what is not ours stays", "dash", "owners", []],
  ["what lives beside ours is no obstacle, and ours under another name is ours", "dash", "beside", []],
  ["what lives beside ours is no obstacle, and ours under another name is ours", "ash", "beside", []],
  ["what goes wrong in a window, at a roll-back or at a start is put right", "dash", "again", []],
  ["what goes wrong in a window, at a roll-back or at a start is put right", "ash", "again", []],
  ["one helper works at a time, and a dead one is no obstacle", "dash", "locks", []],
  ["a change that nobody confirms over another connection is undone", "dash", "confirm", []],
  ["a change that nobody confirms over another connection is undone", "dash", "confirm", ["boringtun"]],
  ["a change that nobody confirms over another connection is undone", "ash", "confirm", []],
  ["changes and repairs lose no packet of another peer", "dash", "sessions", []],
  ["changes and repairs lose no packet of another peer", "dash", "sessions", ["boringtun"]],
  ["a policy that is replaced under a flood loses nothing and lets nothing through", "dash", "reload", []],
  ["the boot hook of each kind of system is put in place, told when it is not, and taken away", "dash", "hooks", []],
  ["the boot hook of each kind of system is put in place, told when it is not, and taken away", "ash", "hooks", []],
]);
