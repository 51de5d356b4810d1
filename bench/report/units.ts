import type { Metric, Unit } from "../model.ts";

interface Scale {
  readonly factor: number;
  readonly name: string;
}

/** Largest first; the first of which there is a whole one, as rounded, is used. The only place where a base unit is scaled. */
const SCALES: Readonly<Record<Unit, readonly Scale[]>> = {
  "bytes/second": [
    { factor: 8e-9, name: "Gbit/s" },
    { factor: 8e-6, name: "Mbit/s" },
  ],
  seconds: [
    { factor: 1, name: "s" },
    { factor: 1e3, name: "ms" },
    { factor: 1e6, name: "µs" },
  ],
  "seconds/gigabyte": [{ factor: 1, name: "s/GB" }],
  bytes: [
    { factor: 1e-9, name: "GB" },
    { factor: 1e-6, name: "MB" },
    { factor: 1e-3, name: "kB" },
    { factor: 1, name: "B" },
  ],
  packets: [{ factor: 1, name: "" }],
  count: [{ factor: 1, name: "" }],
  ratio: [{ factor: 100, name: "%" }],
};

/** Three significant digits, or the whole number where it has more, and a unit: `1.24 Gbit/s`. */
export function formatValue(value: number, unit: Unit): string {
  const scales = SCALES[unit];
  const scale = scales.find(({ factor }) => Math.abs(rounded(value * factor)) >= 1) ?? scales.at(-1);
  const { factor, name } = scale ?? { factor: 1, name: "" };
  const text = significant(value * factor);
  return name === "" ? text : `${text}\u{A0}${name}`;
}

export function formatMetric(metric: Metric): string {
  return "value" in metric ? formatValue(metric.value, metric.unit) : `skipped: ${metric.skipped}`;
}

function significant(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  return Math.abs(value) >= 100 ? rounded(value).toLocaleString("en-US") : String(rounded(value));
}

function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
