import type { Owner } from '../domain/deploy/service-want.ts';
import { TAG } from '../domain/ids.ts';

/** On everything that can carry tags. */
export const ownerTags = ({ service, team, environment }: Owner): Record<string, string> => ({
  [TAG.service]: service,
  [TAG.team]: team,
  [TAG.environment]: environment,
});

/** Name of what a service has one of in an account: its board, its topic. */
export const ownName = ({ service, team, environment }: Owner): string =>
  `wonderland-${environment}-${team}-${service}`;

/** ECS writes tags with small letters. */
export const ecsTags = (tags: Record<string, string>) => Object.entries(tags).map(([key, value]) => ({ key, value }));

/** Most other services write tags with capital letters. */
export const awsTags = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export const fromEcsTags = (tags: { key?: string; value?: string }[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ key = '', value = '' }) => [key, value]));

const CHUNK = 256;

/** A text in tags `…manifest.0`, `…manifest.1`, …: a tag's value has at most 256 characters. */
export const chunkTags = (key: string, text: string): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, n) => [
      `${key}.${n}`,
      text.slice(n * CHUNK, (n + 1) * CHUNK),
    ]),
  );
