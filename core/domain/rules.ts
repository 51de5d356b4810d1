import type { Facts } from "./facts.ts";
import type { Report } from "./place.ts";
import { checkClients } from "./rules/clients.ts";
import { checkLoops } from "./rules/loops.ts";
import { checkNetworks } from "./rules/networks.ts";
import { checkReferences } from "./rules/references.ts";
import { checkRepeats } from "./rules/repeats.ts";
import { checkSites } from "./rules/sites.ts";

/** What no shape can say: references, duplicates, overlaps, hazards. Looks at what is there and reports the rest. */
export function checkRules(facts: Facts, report: Report): void {
  checkReferences(facts, report);
  checkRepeats(facts, report);
  checkNetworks(facts, report);
  checkClients(facts, report);
  checkSites(facts, report);
  checkLoops(facts, report);
}
