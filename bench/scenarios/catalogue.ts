import type { Scenario } from "../model.ts";
import { idleLatency } from "./idle-latency.ts";
import { singleStreamDown, singleStreamUp } from "./single-stream.ts";

/** Every scenario, in the order a session runs them. */
export const scenarios: readonly Scenario[] = [singleStreamUp, singleStreamDown, idleLatency];
