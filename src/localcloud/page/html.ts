/** HTML that cannot be broken by what stands in it: everything interpolated is escaped, unless it is HTML made here. */

const MADE_HERE = Symbol('html');

export interface Html {
  readonly [MADE_HERE]: true;
  readonly text: string;
}

/** What may stand in a template; nothing is shown for undefined and false. */
export type Content = string | number | Html | undefined | false | readonly Content[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const isHtml = (content: Content): content is Html => typeof content === 'object' && MADE_HERE in content;

const render = (content: Content): string => {
  if (content === undefined || content === false) return '';
  if (isHtml(content)) return content.text;
  if (typeof content === 'string' || typeof content === 'number') return escape(String(content));
  return content.map(render).join('');
};

/** Attributes have to be written in double quotes. */
export const html = (strings: TemplateStringsArray, ...contents: readonly Content[]): Html => ({
  [MADE_HERE]: true,
  text: strings.map((text, i) => text + render(contents[i])).join(''),
});
