/** Small parts of the page. */
import { html, type Content, type Html } from './html.ts';

/** How something is doing. */
export type Mood = 'good' | 'busy' | 'bad' | 'idle';

export const badge = (mood: Mood, text: Content, title?: string): Html =>
  html`<span class="badge ${mood}" title="${title}">${text}</span>`;

/** 8 of the hexadecimal digits of an id or ARN; the whole of it in the title. */
export const short = (id: string): Html => {
  const last = id.split('/').at(-1) ?? id;
  return html`<code title="${id}">${/^[0-9a-f]{32}$/.test(last) ? last.slice(0, 8) : last}</code>`;
};

/** Always the same for the same name (FNV-1a picks the hue); neither too dark nor too light for any background. */
export const colourOf = (name: string): string => {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return `hsl(${(hash >>> 0) % 360} 52% 52%)`;
};

const two = (value: number): string => String(value).padStart(2, '0');

/** Time of day, in UTC; the date in the title. */
export const clockTime = (milliseconds: number): Html => {
  const time = new Date(milliseconds);
  const text = `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
  return html`<time title="${time.toISOString()}">${text}</time>`;
};

/** How long ago, or how long until, in the largest unit that fits. */
export const span = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
};

export interface Segment {
  size: number;
  colour: string;
  title: string;
}

/** What is taken of how much, drawn to scale. */
export const bar = (label: string, total: number, segments: readonly Segment[], unit: string): Html => {
  const used = segments.reduce((sum, { size }) => sum + size, 0);
  let at = 0;
  const rects = segments.map(({ size, colour, title }) => {
    const x = (at / total) * 100;
    at += size;
    const width = Math.max(0.4, (size / total) * 100 - 0.3);
    return html`<rect x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="8" fill="${colour}"
      ><title>${title}</title></rect
    >`;
  });
  return html`<div class="bar">
    <span class="label">${label}</span>
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${label}: ${used} of ${total} ${unit}">
      ${rects}
    </svg>
    <span class="figure">${used} / ${total}</span>
  </div>`;
};

export const table = (head: readonly string[], rows: readonly (readonly Content[])[], empty: string): Html =>
  rows.length === 0
    ? html`<p class="empty">${empty}</p>`
    : html`<div class="scroll">
        <table>
          <thead>
            <tr>
              ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr>
                  ${row.map((cell) => html`<td>${cell}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;

/** A part of the page with a heading; `count` says how much of it there is. */
export const section = (id: string, title: string, count: Content, content: Content): Html =>
  html`<section id="${id}">
    <h2>${title} <small>${count}</small></h2>
    ${content}
  </section>`;

/** `of 1000` where only a part is shown. */
export const countOf = (shown: number, all: number): string => (shown === all ? String(all) : `${shown} of ${all}`);
