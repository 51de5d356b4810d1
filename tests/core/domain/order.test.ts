import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { load } from "../../../core/domain/load.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import { renderPlanJson } from "../../../core/render/plan-json.ts";

const EXAMPLE = readFileSync(join(import.meta.dirname, "../../../domain.example.yaml"), "utf8");

/** Everything but places, as comparable text, and the plan; expectations have no name to be sorted by. */
function meaning(text: string): string {
  const { domain, problems } = load(text);
  expect(problems).toEqual([]);
  const plain = JSON.stringify(domain, (key, value) =>
    /position$/i.test(key) ? undefined : typeof value === "bigint" ? String(value) : value,
  );
  const { expectations, ...rest } = JSON.parse(plain);
  const plan = domain && renderPlanJson(compile(domain, emptyLock).plans);
  return JSON.stringify([rest, expectations.map((e: unknown) => JSON.stringify(e)).sort(), plan]);
}

/** The same content with keys and bindings in an order that `next` decides. */
function shuffled(value: unknown, next: () => number, isOrdered: boolean): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => shuffled(item, next, true));
    return isOrdered
      ? items
      : items
          .map((item) => [next(), item] as const)
          .sort(([a], [b]) => a - b)
          .map(([, item]) => item);
  }
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(
    ([key, child]) => [next(), key, shuffled(child, next, key === "reach")] as const,
  );
  return Object.fromEntries(entries.sort(([a], [b]) => a - b).map(([, key, child]) => [key, child]));
}

test("the order of keys, bindings, networks, ports and expectations means nothing", () => {
  const source = parse(EXAMPLE);
  const expected = meaning(EXAMPLE);
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (stream) => {
      const next = (): number => stream.next().value ?? 0;
      expect(meaning(stringify(shuffled(source, next, false)))).toBe(expected);
    }),
    { seed: 20260, numRuns: 25 },
  );
});
