/** Markup that is safe to place in a page. Only `html` makes it, and `html` escapes every text put into it. */
export interface Html {
  readonly markup: string;
}

export type Content = Html | string | number | readonly Content[];

export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return { markup: parts.map((part, i) => part + (i < values.length ? render(values[i] ?? "") : "")).join("") };
}

export const nothing: Html = html``;

function render(value: Content): string {
  if (typeof value === "object") return "markup" in value ? value.markup : value.map(render).join("");
  return escapeText(String(value));
}

/** Safe in text and inside quoted attributes. Control characters that HTML forbids become U+FFFD. */
export function escapeText(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;")
    .replace(/[^\P{Cc}\t\n\r]/gu, "\u{FFFD}");
}
