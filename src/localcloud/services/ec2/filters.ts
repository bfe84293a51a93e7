/** Filters of EC2's Describe calls: a value may hold `*` and `?`, values of one filter are alternatives, filters add up. */
import type { Params } from '../../engine/contract.ts';
import { requiredText, texts } from '../params.ts';
import { compileWildcards } from '../wildcards.ts';
import { invalidValue } from './errors.ts';

/** `valuesOf` answers what a thing has under a filter's name, undefined when there is no such filter. */
export const matchesFilters = (
  filters: readonly Params[],
  valuesOf: (name: string) => readonly string[] | undefined,
): boolean =>
  filters.every((filter) => {
    const name = requiredText(filter, 'Name');
    const values = valuesOf(name);
    if (values === undefined) throw invalidValue(`The filter '${name}' is invalid`);
    const patterns = texts(filter, 'Values').map(compileWildcards);
    return values.some((value) => patterns.some((pattern) => pattern.test(value)));
  });

/** What `tag:<key>`, `tag-key` and `tag-value` ask for; undefined for other filters. */
export const tagFilterValues = (tags: Record<string, string>, name: string): string[] | undefined => {
  if (name === 'tag-key') return Object.keys(tags);
  if (name === 'tag-value') return Object.values(tags);
  if (!name.startsWith('tag:')) return undefined;
  const value = tags[name.slice('tag:'.length)];
  return value === undefined ? [] : [value];
};
