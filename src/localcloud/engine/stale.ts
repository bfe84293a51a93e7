/**
 * Eventual consistency on demand: after a change, reads that were asked shortly before it go on seeing the world as it was.
 * What they see is what they would have been answered right before the change, so nothing is invented.
 */
import type { Params } from './contract.ts';

/** Reads asked longer ago than this are not answered out of the past (cloud milliseconds). */
const MEMORY = 300_000;
/** Different reads remembered of one operation. */
const MOST_READS = 200;

interface Memory {
  ask: () => Promise<Params> | Params;
  askedAt: number;
  past?: { answer: Params; until: number };
}

export interface Stale {
  /** Answers the past while it lasts; otherwise asks, and remembers the question. */
  read(key: string, ask: Memory['ask']): Promise<Params> | Params;
  /** Before a change: what was asked of `prefix` lately is answered as now for so many cloud milliseconds. */
  freeze(prefix: string, milliseconds: number): Promise<void>;
}

/** `now`: cloud milliseconds. */
export const createStale = (now: () => number): Stale => {
  const memories = new Map<string, Memory>();
  return {
    read: (key, ask) => {
      const past = memories.get(key)?.past;
      if (past !== undefined && now() < past.until) return past.answer;
      memories.delete(key);
      memories.set(key, { ask, askedAt: now() });
      if (memories.size > MOST_READS) memories.delete([...memories.keys()][0] ?? '');
      return ask();
    },
    freeze: async (prefix, milliseconds) => {
      for (const [key, memory] of memories) {
        if (!key.startsWith(prefix) || now() - memory.askedAt > MEMORY) continue;
        if (memory.past !== undefined && now() < memory.past.until) continue;
        try {
          memory.past = { answer: structuredClone(await memory.ask()), until: now() + milliseconds };
        } catch {
          // A read that fails has no past to show.
        }
      }
    },
  };
};
