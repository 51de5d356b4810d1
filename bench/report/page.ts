import { type Content, type Html, html } from "./html.ts";

/** Colours keep a contrast of at least 4.5 to 1 on their background in both schemes; state is always a word too, never a colour alone. */
const STYLE = `
:root{color-scheme:light dark;--page:#fbfbfa;--card:#fff;--ink:#1b1f23;--soft:#57606a;--edge:#d8dee4;--accent:#0b5cad;--good:#116329;--goodback:#e3f5e7;--bad:#a40e26;--badback:#ffebe9;--warn:#7a4a00;--warnback:#fff4d6}
@media (prefers-color-scheme:dark){:root{--page:#0e1116;--card:#161b22;--ink:#e6edf3;--soft:#9aa5b1;--edge:#30363d;--accent:#6cb6ff;--good:#6fdd8b;--goodback:#12261a;--bad:#ff9d94;--badback:#2d1416;--warn:#f0c66a;--warnback:#2b2110}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1.5rem 1rem 4rem;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:1.75rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.2rem;margin:2.5rem 0 .75rem;padding-bottom:.3rem;border-bottom:1px solid var(--edge)}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.5rem 0;max-width:46rem}
.soft{color:var(--soft)}
.summary{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1.25rem 0;padding:0;list-style:none}
.summary li{background:var(--card);border:1px solid var(--edge);border-radius:.6rem;padding:.75rem 1rem}
.summary strong{display:block;font-size:1.35rem;line-height:1.3}
.state{display:inline-block;padding:0 .5em;border-radius:1em;font-size:.85em;font-weight:600;white-space:nowrap}
.good{color:var(--good);background:var(--goodback)}
.bad{color:var(--bad);background:var(--badback)}
.warn{color:var(--warn);background:var(--warnback)}
.note{border-left:4px solid var(--warn);background:var(--warnback);padding:.6rem .9rem;border-radius:.3rem;max-width:46rem}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--edge);border-radius:.6rem}
table{border-collapse:collapse;width:100%;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.6rem .8rem;color:var(--soft)}
th,td{text-align:left;vertical-align:top;padding:.4rem .8rem;border-top:1px solid var(--edge)}
thead th{border-top:0;color:var(--soft);font-weight:600;white-space:nowrap}
code,pre{font:.88em ui-monospace,SFMono-Regular,Menlo,monospace}
code{overflow-wrap:anywhere}
pre{overflow:auto;max-height:22rem;padding:.8rem;margin:0;background:var(--page);border:1px solid var(--edge);border-radius:.4rem;white-space:pre-wrap;overflow-wrap:anywhere}
details{margin:.6rem 0;background:var(--card);border:1px solid var(--edge);border-radius:.6rem;padding:.5rem .9rem}
summary{cursor:pointer;font-weight:600}
summary:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
figure{margin:1rem 0;background:var(--card);border:1px solid var(--edge);border-radius:.6rem;padding:.8rem}
figcaption{color:var(--soft);font-size:.88rem;margin-top:.4rem}
svg.chart{display:block;width:100%;max-width:44rem;height:auto}
svg text{fill:var(--ink);font-size:12.5px;dominant-baseline:middle}
svg text.label{text-anchor:end}
svg .bar,svg .mark{fill:var(--accent)}
svg .axis{stroke:var(--edge)}
svg .range{stroke:var(--accent);stroke-width:2;opacity:.55}
svg.spark polyline{fill:none;stroke:var(--accent);stroke-width:1.5}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.3rem .8rem}
@media print{body{max-width:none}details{break-inside:avoid}}
`;

/** A whole document: no script, no request to anywhere, and a policy that would refuse both. */
export function page(title: string, body: Content): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<main id="content">
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.markup;
}

export type State = "good" | "bad" | "warn";

export function badge(state: State, text: string): Html {
  return html`<span class="state ${state}">${text}</span>`;
}

export interface Tile {
  readonly state: State;
  readonly word: string;
  readonly figure: string;
  readonly label: string;
}

export function tiles(all: readonly Tile[]): Html {
  return html`<ul class="summary">${all.map(
    (tile) =>
      html`<li>${badge(tile.state, tile.word)}<strong>${tile.figure}</strong><span class="soft">${tile.label}</span></li>`,
  )}</ul>`;
}

export function table(caption: string, head: readonly string[], rows: readonly (readonly Content[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head.map(
    (cell) => html`<th scope="col">${cell}</th>`,
  )}</tr></thead><tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}
