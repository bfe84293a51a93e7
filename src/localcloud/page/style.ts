/** Dense and calm; dark or light as the reader has it. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ground: #f7f6f3; --paper: #ffffff; --ink: #1f2328; --dim: #68707a; --line: #e3e1dc; --accent: #2f5d8a;
  --good: #2f7d4f; --good-ground: #e4f2e8; --busy: #946200; --busy-ground: #fbf0d4; --bad: #b3402c; --bad-ground: #fae5e0;
  --idle-ground: #ecebe7; --track: #ebe9e4;
  font: 13px/1.45 system-ui, -apple-system, 'Segoe UI', sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --paper: #1b1f23; --ink: #dfe3e7; --dim: #8d969f; --line: #2b3137; --accent: #7fb0dd;
    --good: #7cc896; --good-ground: #1d3326; --busy: #e0b04c; --busy-ground: #372c14; --bad: #ee8a76; --bad-ground: #3b211c;
    --idle-ground: #262b30; --track: #2a2f35;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.4rem; }
body { margin: 0; background: var(--ground); color: var(--ink); }
code, .figure, time { font-family: ui-monospace, 'SF Mono', 'DejaVu Sans Mono', monospace; font-size: 12px; }
.figure, time, td { font-variant-numeric: tabular-nums; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
small, .dim { color: var(--dim); font-weight: 400; }
small { font-size: 12px; }
.bad { color: var(--bad); }
.right { margin-left: auto; }
.empty { color: var(--dim); margin: .3rem 0; }

.top { display: flex; align-items: baseline; gap: 1.2rem; padding: .7rem 1.2rem; background: var(--paper); flex-wrap: wrap; }
.top h1 { font-size: 16px; margin: 0; letter-spacing: -.01em; }
.top nav { display: flex; gap: .3rem; flex-wrap: wrap; }
.top nav a { padding: .15rem .6rem; border-radius: 5px; color: var(--ink); }
.top nav a[aria-current] { background: var(--idle-ground); font-weight: 600; }
.sections {
  position: sticky; top: 0; z-index: 2; display: flex; align-items: center; gap: 1rem; flex-wrap: wrap;
  padding: .4rem 1.2rem; background: var(--paper); border-bottom: 1px solid var(--line);
}
.sections form { display: flex; gap: .7rem; align-items: center; margin-left: auto; color: var(--dim); flex-wrap: wrap; }
input[type=search] { width: 10rem; }
input, button { font: inherit; color: inherit; }
input[type=search], button {
  background: var(--ground); border: 1px solid var(--line); border-radius: 5px; padding: .15rem .5rem;
}
button { cursor: pointer; }
#live::before { content: '● '; color: var(--dim); }
#live[aria-pressed=true]::before { color: var(--good); }

main { padding: .6rem 1.2rem 4rem; max-width: 1500px; margin: 0 auto; }
.figures { display: flex; gap: 2rem; flex-wrap: wrap; margin: .8rem 0 1rem; color: var(--dim); }
.figures b { display: block; font-size: 22px; line-height: 1.1; color: var(--ink); font-weight: 600; letter-spacing: -.02em; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: 0 0 .9rem; }
h2 { font-size: 14px; margin: 0 0 .5rem; }
h3 { font-size: 13px; margin: .9rem 0 .4rem; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 500; color: var(--dim); font-size: 12px; padding: .15rem .8rem .25rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td:first-child { white-space: nowrap; }
td:last-child, th:last-child { padding-right: 0; }
.line { display: flex; gap: .15rem .5rem; align-items: baseline; flex-wrap: wrap; padding: .05rem 0; }

.badge { display: inline-block; padding: 0 .45rem; border-radius: 4px; font-size: 11.5px; line-height: 1.55; white-space: nowrap; background: var(--idle-ground); color: var(--dim); }
.badge.good { background: var(--good-ground); color: var(--good); }
.badge.busy { background: var(--busy-ground); color: var(--busy); }
.badge.bad { background: var(--bad-ground); color: var(--bad); }
.swatch svg { width: 9px; height: 9px; margin-right: .4rem; }

details summary { cursor: pointer; }
.events { list-style: none; margin: .2rem 0 0; padding: 0; color: var(--dim); }
#services td:last-child { min-width: 22rem; }
#services details, .events { overflow-wrap: anywhere; }
#tasks > details { margin-top: .9rem; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: .7rem; }
.card { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .7rem .6rem; }
.card header { display: flex; gap: .5rem; align-items: baseline; flex-wrap: wrap; margin-bottom: .3rem; }
.bar { display: grid; grid-template-columns: 4rem 1fr 6.5rem; gap: .5rem; align-items: center; padding: .1rem 0; }
.bar svg { display: block; width: 100%; height: 12px; background: var(--track); border-radius: 3px; }
.bar .figure { text-align: right; color: var(--dim); }
.bar .label { color: var(--dim); font-size: 12px; }
.port { display: inline-block; padding: 0 .3rem; margin: .15rem .2rem 0 0; border-radius: 3px; background: var(--idle-ground); font-size: 11px; }
.meters { display: grid; grid-template-columns: repeat(auto-fill, minmax(420px, 1fr)); gap: 0 1.6rem; }
.meters .bar { grid-template-columns: 15rem 1fr 4.5rem; }
.pages { display: flex; gap: 1rem; margin-top: .6rem; color: var(--dim); }

@media (max-width: 700px) {
  main, .top, .sections { padding-left: .7rem; padding-right: .7rem; }
  .meters { grid-template-columns: 1fr; }
  .sections form { margin-left: 0; }
}
`;
