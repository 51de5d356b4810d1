import type { Implementation } from "../plan/types.ts";
import { compare } from "./difference.ts";
import type { Difference, LiveDevice } from "./types.ts";

/** What the helper can't do without, of those whose presence a probe tells. */
const NEEDED_TOOLS = ["awk", "ip", "nft", "sha256sum", "timeout", "wg"] as const;
const CLOCK_TOLERANCE_SECONDS = 300;

/**
 * Every gap that concerns the device as a whole: helper, boot hook, tools and clock. Informational are those that an
 * install can't or may not mend: a masked unit is somebody's decision, and the clock is not ours.
 */
export function diffDevice(input: {
  readonly device: LiveDevice;
  /** SHA-256 of the helper that should be there, hex. */
  readonly helperSha256: string;
  /** Those that the server's interfaces use. */
  readonly implementations: readonly Implementation[];
  /** Seconds since 1970 where the question is asked. */
  readonly nowSeconds: number;
}): Difference[] {
  const { device, helperSha256, implementations, nowSeconds } = input;
  const needed = [...NEEDED_TOOLS, ...new Set(implementations)].sort();
  return [
    ...compare("helper", helperSha256, device.helper ?? "missing", "critical"),
    ...(device.helper === undefined
      ? []
      : compare("revision", "there", device.helperRevision ? "there" : "missing", "wrong")),
    ...diffBoot(device.boot),
    ...diffDirectory(device.directory),
    ...device.others.flatMap(describeOther),
    ...needed.flatMap((name) =>
      device.tools.has(name) ? [] : compare(`${TOOLS}${name}`, "installed", "missing", "critical"),
    ),
    ...diffClock(device.clockSeconds, nowSeconds),
  ];
}

/** Not ours to touch: told, and taken for known once somebody has deployed after it. */
function describeOther(line: string): readonly Difference[] {
  const [family, table, chain, hook, rules] = line.split(" ");
  const have = `chain ${chain} at hook ${hook} with ${rules} rules that were not there and may drop what our policy lets pass`;
  return compare(`${OTHERS}${family}.${table}`, "as at the last deployment", have, "foreign");
}

const OTHERS = "others.";

/** Told until an `up` installs the base, which takes them for known. */
export function isOfOthers({ property }: Difference): boolean {
  return property.startsWith(OTHERS);
}

const TOOLS = "tools.";

/** No install brings one. */
export function isMissingTool({ property }: Difference): boolean {
  return property.startsWith(TOOLS);
}

function diffDirectory(state: LiveDevice["directory"]): readonly Difference[] {
  if (state === "link") return compare("directory", OWN_DIRECTORY, "a symbolic link", "critical");
  return state === "open" ? compare("directory", "closed to others", "open to others", "critical") : [];
}

/** Whatever it leads to is not ours: an install refuses. */
export function isLinked({ property, want }: Difference): boolean {
  return property === "directory" && want === OWN_DIRECTORY;
}

const OWN_DIRECTORY = "a directory";

function diffBoot({ kind, state }: LiveDevice["boot"]): readonly Difference[] {
  if (kind === "none") return compare("boot", HOOK, "no systemd, init scripts or cron found", "critical");
  if (state === "idle") return compare("boot", CRON, NO_CRON, "critical");
  return compare("boot", `${kind} ok`, `${kind} ${state}`, state === "masked" ? "informational" : "critical");
}

/** There is nothing that an install could hook into. */
export function isWithoutHook({ property, want }: Difference): boolean {
  return property === "boot" && want === HOOK;
}

/** Nothing is installed beside a unit that somebody has masked; by itself that is no difference to settle. */
export function isMasked({ property, severity }: Difference): boolean {
  return property === "boot" && severity === "informational";
}

const HOOK = "a boot hook";

/** Everything of ours is in place, so an install mends nothing: told with the next step. */
export function isWithoutCron({ property, want }: Difference): boolean {
  return property === "boot" && want === CRON;
}

const CRON = "a cron at work";
const NO_CRON = "none: start it, or install one; until then a change whose watcher was killed is not rolled back";

function diffClock(clockSeconds: number, nowSeconds: number): readonly Difference[] {
  if (Math.abs(clockSeconds - nowSeconds) <= CLOCK_TOLERANCE_SECONDS) return [];
  return compare("clock", isoTime(nowSeconds), isoTime(clockSeconds), "informational");
}

/** To the minute: a device's clock may be anything, and beyond the year 275760 a Date has no text. */
function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s since 1970` : `${date.toISOString().slice(0, 16)}Z`;
}
