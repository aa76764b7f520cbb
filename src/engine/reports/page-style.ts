/** How reports look on a screen, light and dark, and on paper. */
export const pageStyle = `
:root { color-scheme: light dark; --page: #ffffff; --sunken: #f3f4f2; --text: #1d2329; --muted: #58626d; --line: #d9dcd8; --first: #0b6584; --second: #7c3aed; --up: #12703a; --down: #b3261e; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #15181c; --sunken: #1f2429; --text: #e6e9ec; --muted: #9aa5b0; --line: #343b43; --first: #5cb8d6; --second: #b79cff; --up: #6fd08c; --down: #ff8f85; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; padding: 2.5rem 1.5rem 3rem; margin: 0 auto; }
h1 { margin: 0 0 0.25rem; font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.25rem 0 0.75rem; font-size: 1.3rem; }
h3 { margin: 1.25rem 0 0.5rem; font-size: 1.05rem; overflow-wrap: anywhere; }
p { margin: 0.5rem 0; }
.muted, footer, dt, figcaption, th { color: var(--muted); }
.small, footer, dt, figcaption { font-size: 0.875rem; }
.summary { font-size: 1.1rem; }
.models { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); }
.model { padding: 0.25rem 1rem 1rem; border: 1px solid var(--line); border-radius: 8px; border-top: 4px solid var(--first); }
.model + .model { border-top-color: var(--second); }
.facts { display: grid; margin: 0; gap: 0.5rem 1.25rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
.model .facts { grid-template-columns: 1fr 1fr; }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: baseline; }
th { font-size: 0.875rem; font-weight: 500; }
tbody th { color: var(--text); font-size: inherit; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
.up { color: var(--up); font-weight: 650; }
.down { color: var(--down); font-weight: 650; }
table.wide { width: auto; min-width: 100%; font-size: 0.875rem; }
.words { overflow-wrap: anywhere; min-width: 5rem; }
figure { margin: 0 0 1rem; }
figure svg { display: block; width: 100%; max-width: 46rem; height: auto; }
figure img { display: block; max-width: 100%; height: auto; border-radius: 6px; }
svg .worse { fill: var(--down); } svg .better { fill: var(--up); } svg .same { fill: var(--muted); }
svg text { fill: var(--muted); font: 12px system-ui, sans-serif; } svg .axis { stroke: var(--line); } svg .zero { stroke: var(--text); }
.photos { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(30rem, 1fr)); }
.photo { display: grid; min-width: 0; padding: 0.75rem; border: 1px solid var(--line); border-radius: 8px; gap: 0 1rem; grid-template-columns: 11rem minmax(0, 1fr); }
.photo.bare { grid-template-columns: minmax(0, 1fr); }
.photo img { width: 100%; max-height: 13rem; border-radius: 4px; object-fit: contain; object-position: top; }
.photo p { margin: 0 0 0.5rem; overflow-wrap: anywhere; }
.photo .head { display: flex; justify-content: space-between; gap: 0.75rem; }
.photo .head strong { white-space: nowrap; }
.who { display: block; color: var(--muted); font-size: 0.8rem; }
.caption { padding-left: 0.6rem; border-left: 3px solid var(--first); }
.caption.other { border-left-color: var(--second); }
.photo ul { padding-left: 1.1rem; margin: 0; color: var(--muted); font-size: 0.875rem; overflow-wrap: anywhere; }
pre { padding: 0.75rem 1rem; border-radius: 8px; margin: 0.5rem 0; background: var(--sunken); overflow-x: auto; font: 0.85rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { padding-top: 1rem; border-top: 1px solid var(--line); margin-top: 2.5rem; }
@media (max-width: 40rem) { .photos { grid-template-columns: minmax(0, 1fr); } .photo { grid-template-columns: minmax(0, 1fr); } }
@page { margin: 14mm; }
@media print {
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; } .photo, .model, figure, tr, pre { break-inside: avoid; }
  .photos { grid-template-columns: 1fr; } .photo { grid-template-columns: 9rem minmax(0, 1fr); } .photo.bare { grid-template-columns: minmax(0, 1fr); }
}
`
