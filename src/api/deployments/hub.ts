import { createFeed, type Feed, type FeedDeps } from './feed.ts';
import type { Run } from './run.ts';

/** One feed per deployment that anybody in this process watches. */
export interface Hub {
  /** Call `leave` once; with the last watcher the feed ends. */
  join(run: Run): { feed: Feed; leave: () => void };
}

export function createHub(deps: FeedDeps): Hub {
  const rooms = new Map<string, { feed: Feed; watchers: number }>();
  return {
    join(run) {
      const room = rooms.get(run.runId) ?? { feed: createFeed(run, deps), watchers: 0 };
      rooms.set(run.runId, room);
      room.watchers += 1;
      return {
        feed: room.feed,
        leave() {
          room.watchers -= 1;
          if (room.watchers > 0) return;
          rooms.delete(run.runId);
          room.feed.stop();
        },
      };
    },
  };
}
