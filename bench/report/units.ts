import type { Metric, Unit } from "../model.ts";

interface Scale {
  readonly from: number;
  readonly factor: number;
  readonly name: string;
}

/** Largest first; the first whose `from` the value reaches is used. The only place where a base unit is scaled. */
const SCALES: Readonly<Record<Unit, readonly Scale[]>> = {
  "bytes/second": [
    { from: 1.25e8, factor: 8e-9, name: "Gbit/s" },
    { from: 0, factor: 8e-6, name: "Mbit/s" },
  ],
  seconds: [
    { from: 1, factor: 1, name: "s" },
    { from: 1e-3, factor: 1e3, name: "ms" },
    { from: 0, factor: 1e6, name: "µs" },
  ],
  "seconds/gigabyte": [{ from: 0, factor: 1, name: "s/GB" }],
  bytes: [
    { from: 1e9, factor: 1e-9, name: "GB" },
    { from: 1e6, factor: 1e-6, name: "MB" },
    { from: 1e3, factor: 1e-3, name: "kB" },
    { from: 0, factor: 1, name: "B" },
  ],
  packets: [{ from: 0, factor: 1, name: "" }],
  count: [{ from: 0, factor: 1, name: "" }],
  ratio: [{ from: 0, factor: 100, name: "%" }],
};

/** Three significant digits and a unit: `1.24 Gbit/s`. */
export function formatValue(value: number, unit: Unit): string {
  const scale = SCALES[unit].find((one) => Math.abs(value) >= one.from) ?? { factor: 1, name: "" };
  const text = significant(value * scale.factor);
  return scale.name === "" ? text : `${text}\u{A0}${scale.name}`;
}

export function formatMetric(metric: Metric): string {
  return "value" in metric ? formatValue(metric.value, metric.unit) : `skipped: ${metric.skipped}`;
}

function significant(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}
