/** What the API says of what ECS remembers: times in seconds, counts computed. */
import type { Params } from '../../engine/contract.ts';
import type { Tags } from './model.ts';

/** AWS JSON times: seconds since the epoch, three decimals. */
export const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Math.round(milliseconds) / 1000;

export const tagList = (tags: Tags): Params[] => Object.entries(tags).map(([key, value]) => ({ key, value }));

export const wantsTags = (params: Params): boolean =>
  ((params.include ?? []) as string[]).some((what) => what === 'TAGS');
