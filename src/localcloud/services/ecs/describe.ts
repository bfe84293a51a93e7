/** What the API says of what ECS remembers. */
import type { Params } from '../../engine/contract.ts';
import type { Tags } from './model.ts';

export const tagList = (tags: Tags): Params[] => Object.entries(tags).map(([key, value]) => ({ key, value }));

export const wantsTags = (params: Params): boolean =>
  ((params.include ?? []) as string[]).some((what) => what === 'TAGS');
