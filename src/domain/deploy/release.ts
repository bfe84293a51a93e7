/** A release that passed its gates, as the tag wonderland:releases writes it: `id:revision`. */
export interface ReleasePair {
  /** Deployment id. */
  id: string;
  /** Number of the task definition revision. */
  revision: string;
}

export const parseReleases = (releases: string[]): ReleasePair[] =>
  releases.map((pair) => {
    const [id = '', revision = ''] = pair.split(':');
    return { id, revision };
  });

/** Which release a change takes its manifest from. */
export type ReleaseChoice =
  /** What serves now: the newest one. */
  | { which: 'active' }
  /** The last one that passed and is not what runs now. */
  | { which: 'previous' }
  | { which: 'given'; id: string };

/**
 * Releases to look at, best first, for a choice. When what runs is not what passed last, the last one that passed is the
 * way back; else whatever passed before it, the newest first.
 * @param runs number of the revision that runs now
 */
export function candidatesFor(choice: ReleaseChoice, releases: ReleasePair[], runs: string): ReleasePair[] {
  if (choice.which === 'active') return releases.slice(0, 1);
  if (choice.which === 'given') return releases.filter(({ id }) => id === choice.id);
  return releases[0]?.revision === runs ? releases.slice(1) : releases;
}
