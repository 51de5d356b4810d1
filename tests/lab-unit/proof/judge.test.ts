import { type Case, judgeAllowed, judgeDenied } from "../../../lab/proof/judge.ts";

const silence = { kind: "none", detail: "no answer" } as const;
const echo = { kind: "echo", detail: "" } as const;
const working = { works: true, evidence: "a control packet was answered" };
const broken = { works: false, evidence: "no handshake" };

const seen = (more: Partial<Case>): Case => ({
  node: "lanhost",
  answer: echo,
  arrived: ["10.66.0.2"],
  expected: ["10.66.0.2", "fd00:66::2"],
  busy: false,
  path: working,
  ...more,
});

test.each([
  ["arrived under its own name and answered", {}, "agrees"],
  [
    "arrived where a program of the host's own answers",
    { busy: true, answer: { kind: "connected", detail: "" } },
    "agrees",
  ],
  ["arrived from somebody else", { arrived: ["192.168.1.1"] }, "disagrees"],
  ["arrived under two names", { arrived: ["10.66.0.2", "192.168.1.1"] }, "disagrees"],
  ["arrived, but the answer is lost", { answer: silence }, "disagrees"],
  ["arrived, but refused", { answer: { kind: "refused", detail: "ECONNREFUSED" } }, "disagrees"],
  ["arrived where another program keeps silent", { busy: true, answer: silence }, "unclear"],
  ["nothing arrived through a tunnel that works", { arrived: [], answer: silence }, "disagrees"],
  ["answered by a host it did not arrive at", { arrived: [] }, "disagrees"],
  ["nothing arrived, nor does the tunnel work", { arrived: [], answer: silence, path: broken }, "unclear"],
] as const)("allowed: %s", (_, more, outcome) => {
  expect(judgeAllowed(seen(more)).outcome).toBe(outcome);
});

test.each([
  ["silence, while a control packet gets through", {}, "agrees"],
  ["silence alone proves nothing", { path: broken }, "unclear"],
  ["nothing was sent at all", { answer: { kind: "none", detail: "ENETUNREACH" } }, "unclear"],
  ["arrived, though unanswered", { arrived: ["10.66.0.2"] }, "disagrees"],
  ["arrived, though the control fails", { arrived: ["10.66.0.2"], path: broken }, "disagrees"],
  ["answered by somebody", { answer: { kind: "refused", detail: "ECONNREFUSED" } }, "disagrees"],
] as const)("denied: %s", (_, more, outcome) => {
  expect(judgeDenied(seen({ answer: silence, arrived: [], ...more })).outcome).toBe(outcome);
});
