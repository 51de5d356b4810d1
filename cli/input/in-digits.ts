import { InvalidArgumentError } from "commander";

/** Reads an option's value: decimal digits and nothing else, within the bounds. `what` is said to who writes another thing. */
export function inDigits(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[0-9]+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give ${what} from ${least} to ${most}, in digits.`);
  };
}
