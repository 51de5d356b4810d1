import { generator } from "../../lab/proof/random.ts";

/** How a connection is lost. A black hole takes packets of both directions and says nothing to anybody. */
export const LOSSES = ["killed", "reset", "black hole"] as const;
export type Loss = (typeof LOSSES)[number];

/** When it is lost, by what the device shows of the change; `any time` is a drawn part of the whole duration. */
export const MOMENTS = [
  "half a document",
  "locked",
  "applying",
  "watched",
  "half-way",
  "armed",
  "half a nonce",
  "confirming",
  "confirmed",
  "any time",
] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Trial {
  readonly loss: Loss;
  readonly terminal: "pty" | "no pty";
  readonly moment: Moment;
  /** Of the duration of an undisturbed change; only for `any time`. */
  readonly part: number;
  /** Whether the person does the same again at once, or gives up. */
  readonly afterwards: "again" | "gone";
}

/** Sixty trials meet every loss at every moment with and without a pty; fewer are spread evenly over each of the three. */
export function drawTrials(count: number, seed: number): readonly Trial[] {
  const random = generator(seed);
  const moments = random.shuffle(MOMENTS); // their number and that of the losses have no common divisor
  return Array.from({ length: count }, (_, i) => ({
    loss: LOSSES[i % LOSSES.length] ?? "killed",
    terminal: (i + Math.floor(i / (LOSSES.length * MOMENTS.length))) % 2 === 0 ? "pty" : "no pty",
    moment: moments[i % moments.length] ?? "any time",
    part: random.below(1000) / 1000,
    afterwards: i % 4 < 2 ? "gone" : "again",
  }));
}
