/** The page's style: light or dark as in the reader's system, for narrow and wide pages, and printed on white. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f5f6f8; --ink: #1a1d21; --quiet: #565d66; --rule: #d9dde2; --link: #00598c;
  --good: #00694c; --bad: #a83c00; --server: #0072b2; --client: #d55e00; --hybrid: #009e73; --warn: #fff4e5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --raised: #1e2327; --ink: #e9ebee; --quiet: #a9b1ba; --rule: #383f46; --link: #79bdea;
    --good: #4fc79f; --bad: #ff9d66; --warn: #33260f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, header, footer { max-width: 1280px; margin: 0 auto; padding: 0 clamp(16px, 4vw, 48px); }
header { padding-top: 28px; }
h1 { font-size: 1rem; font-weight: 600; margin: 0; color: var(--quiet); overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 56px 0 8px; letter-spacing: -0.01em; }
h3 { font-size: 1.05rem; line-height: 1.3; margin: 0 0 4px; }
p { margin: 0 0 12px; max-width: 75ch; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--paper); padding: 8px; }
.stamp { display: inline-block; border: 1px solid var(--rule); border-radius: 999px; padding: 1px 12px; font-size: 0.875rem; margin-top: 8px; }
.stamp.simulated { border-color: var(--bad); color: var(--bad); font-weight: 600; }
.verdict { border: 1px solid var(--rule); border-left: 6px solid var(--quiet); border-radius: 6px; background: var(--raised); padding: clamp(18px, 3vw, 32px); margin: 20px 0 8px; }
.verdict.server { border-left-color: var(--server); }
.verdict.client { border-left-color: var(--client); }
.verdict.hybrid { border-left-color: var(--hybrid); }
.verdict.invalid { border-left-color: var(--bad); }
.verdict h2 { font-size: clamp(1.5rem, 3.4vw, 2.1rem); margin: 0 0 12px; letter-spacing: -0.02em; }
.verdict .text { font-size: 1.0625rem; }
.choice { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 16px 48px; }
.choice pre { background: var(--paper); margin: 4px 0 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
.choice > div { min-width: 0; }
.choice h3 { margin-top: 14px; }
.quiet { color: var(--quiet); font-size: 0.875rem; }
.verdict.supporting h2 { font-size: 1.2rem; letter-spacing: -0.01em; }
.caveats { margin: 0 0 0; padding-left: 20px; color: var(--quiet); max-width: 75ch; }
.verdict table { margin: 4px 0 8px; }
.verdict th, .verdict td { white-space: normal; min-width: 11ch; }
dl.setting { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 0 0 14px; }
dl.setting dt { color: var(--quiet); font-size: 0.875rem; }
dl.setting dd { margin: 0; font-weight: 600; }
dl.facts { margin: 20px 0 0; font-size: 0.875rem; line-height: 1.45; border-top: 1px solid var(--rule); padding-top: 14px; display: grid; gap: 8px; }
dl.facts dt { color: var(--quiet); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
@media (min-width: 1080px) {
  .verdict { display: grid; grid-template-columns: minmax(0, 1fr) 250px; gap: 48px; }
  .verdict.alone { display: block; }
  dl.facts { border-top: 0; padding-top: 0; border-left: 1px solid var(--rule); padding-left: 24px; margin: 4px 0 0; align-content: start; }
}
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 520px), 1fr)); gap: 40px 48px; margin-top: 20px; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 0.875rem; color: var(--quiet); max-width: 75ch; }
.plot { height: 360px; width: 100%; margin: 8px 0 4px; }
.noscript .plot { display: none; }
details { margin-top: 6px; font-size: 0.875rem; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
.scroll { overflow-x: auto; max-width: 100%; margin: 8px 0; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--rule); white-space: nowrap; vertical-align: top; }
th { font-weight: 600; color: var(--quiet); }
th.number, td.number { text-align: right; }
td.wide { white-space: normal; min-width: 14ch; max-width: 52ch; }
tr.best td { font-weight: 600; }
.mode::before { content: ""; display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.5em; background: var(--quiet); }
.mode::before, .verdict { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.mode.server::before { background: var(--server); border-radius: 50%; }
.mode.client::before { background: var(--client); }
.mode.hybrid::before { background: var(--hybrid); transform: rotate(45deg) scale(0.85); }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.absent { color: var(--quiet); font-size: 0.9375rem; }
.absent li { margin-bottom: 4px; }
pre { background: var(--raised); border: 1px solid var(--rule); border-radius: 6px; padding: 14px; overflow-x: auto; font-size: 0.8125rem; line-height: 1.5; }
code { font-size: 0.9em; background: var(--raised); padding: 1px 4px; border-radius: 3px; }
button { font: inherit; color: var(--link); background: none; border: 1px solid var(--rule); border-radius: 6px; padding: 4px 12px; cursor: pointer; }
.files { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; padding: 0; list-style: none; }
footer { margin-top: 64px; padding-top: 16px; padding-bottom: 48px; color: var(--quiet); font-size: 0.875rem; }
@media (max-width: 560px) {
  .plot { height: 320px; }
}
.modebar { opacity: 0; }
.js-plotly-plot:hover .modebar, .modebar:focus-within { opacity: 1; }
@media print {
  :root { color-scheme: light; --paper: #fff; --raised: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --link: #000; --good: #00523b; --bad: #8a3100; }
  body { font-size: 11pt; }
  main, header, footer { max-width: none; padding: 0; }
  figure, .verdict, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .figures { display: block; }
  figure { margin-bottom: 24px; }
  button, .skip, .modebar, summary { display: none; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding-right: 8px; white-space: normal; }
}
`
