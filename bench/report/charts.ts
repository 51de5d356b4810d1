import { type Html, html, nothing } from "./html.ts";

export interface Bar {
  readonly label: string;
  /** Undefined draws no bar and shows the text alone. */
  readonly value?: number;
  readonly text: string;
}

export interface Range {
  readonly label: string;
  /** Rising: the first and last make the line, the others its marks. One is a mark without a line; none draws the text alone. */
  readonly marks: readonly number[];
  readonly text: string;
}

const WIDTH = 640;
const ROW_HEIGHT = 26;
const LABEL_WIDTH = 190;
const TEXT_WIDTH = 150;
const PLOT_WIDTH = WIDTH - LABEL_WIDTH - TEXT_WIDTH;

/** Horizontal bars from zero. The table beside it carries the same numbers for those who can't see it. */
export function barChart(title: string, bars: readonly Bar[]): Html {
  const top = Math.max(0, ...bars.map((bar) => bar.value ?? 0));
  const rows = bars.map((bar, i) => {
    const length = bar.value === undefined || top === 0 ? 0 : (bar.value / top) * PLOT_WIDTH;
    const middle = i * ROW_HEIGHT + ROW_HEIGHT / 2;
    return row(
      bar.label,
      bar.text,
      middle,
      html`<rect class="bar" x="${LABEL_WIDTH}" y="${middle - 8}" width="${round(length)}" height="16" rx="2"/>`,
    );
  });
  return figure(title, bars.length, rows);
}

/** One line per row over a shared scale from zero, with a mark for each value in between. */
export function rangeChart(title: string, ranges: readonly Range[]): Html {
  const top = Math.max(0, ...ranges.flatMap((range) => range.marks));
  const place = (value: number) => round(LABEL_WIDTH + (top === 0 ? 0 : (value / top) * PLOT_WIDTH));
  const rows = ranges.map((range, i) => {
    const middle = i * ROW_HEIGHT + ROW_HEIGHT / 2;
    const [first, last] = [range.marks[0], range.marks.at(-1)];
    const line =
      first === undefined || last === undefined
        ? nothing
        : html`<line class="range" x1="${place(first)}" x2="${place(last)}" y1="${middle}" y2="${middle}"/>${range.marks.map(
            (mark) => html`<circle class="mark" cx="${place(mark)}" cy="${middle}" r="4"/>`,
          )}`;
    return row(range.label, range.text, middle, line);
  });
  return figure(title, ranges.length, rows);
}

/** A course over time without axes, for a table cell. Scaled from zero. */
export function sparkline(title: string, values: readonly number[]): Html {
  const top = Math.max(...values);
  if (values.length < 2 || !(top > 0)) return nothing;
  const points = values.map(
    (value, i) => `${round((i / (values.length - 1)) * 120)},${round(23 - (value / top) * 22)}`,
  );
  return html`<svg class="spark" viewBox="0 0 120 24" width="120" height="24" role="img" aria-label="${title}"><polyline points="${points.join(" ")}"/></svg>`;
}

function row(label: string, text: string, middle: number, drawing: Html): Html {
  return html`<text class="label" x="${LABEL_WIDTH - 10}" y="${middle}">${label}</text>${drawing}<text x="${WIDTH - TEXT_WIDTH + 10}" y="${middle}">${text}</text>`;
}

function figure(title: string, count: number, rows: readonly Html[]): Html {
  if (count === 0) return nothing;
  const height = count * ROW_HEIGHT;
  return html`<figure><svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}"><line class="axis" x1="${LABEL_WIDTH}" x2="${LABEL_WIDTH}" y1="0" y2="${height}"/>${rows}</svg><figcaption>${title}</figcaption></figure>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
