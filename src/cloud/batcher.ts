/** Looks up one thing; look-ups asked for in the same moment share calls. */
export type Lookup<T> = (cluster: string, key: string) => Promise<T | undefined>;

interface Waiting<T> {
  key: string;
  resolve: (found: T | undefined) => void;
  reject: (error: unknown) => void;
}

interface BatcherOptions<T> {
  /** Keys that one call takes. */
  size: number;
  /** How long a look-up waits for company. */
  windowMilliseconds: number;
  /** One call; what it did not find is left out. */
  load: (cluster: string, keys: string[]) => Promise<T[]>;
  keyOf: (found: T) => string | undefined;
}

/**
 * One for the whole worker: what falls due within the window goes out together, so that ten rollouts side by side cost
 * hardly more calls than one.
 */
export function createBatcher<T>({ size, windowMilliseconds, load, keyOf }: BatcherOptions<T>): Lookup<T> {
  const waiting = new Map<string, Waiting<T>[]>();

  const flush = (cluster: string): void => {
    const due = waiting.get(cluster) ?? [];
    waiting.delete(cluster);
    const keys = [...new Set(due.map((w) => w.key))];
    for (let start = 0; start < keys.length; start += size) void answer(cluster, keys.slice(start, start + size), due);
  };

  const answer = async (cluster: string, keys: string[], due: Waiting<T>[]): Promise<void> => {
    const mine = due.filter((w) => keys.includes(w.key));
    try {
      const found = new Map((await load(cluster, keys)).map((one) => [keyOf(one), one]));
      for (const w of mine) w.resolve(found.get(w.key));
    } catch (error) {
      for (const w of mine) w.reject(error);
    }
  };

  return (cluster, key) =>
    new Promise((resolve, reject) => {
      const due = waiting.get(cluster);
      if (due !== undefined) {
        due.push({ key, resolve, reject });
        return;
      }
      waiting.set(cluster, [{ key, resolve, reject }]);
      setTimeout(flush, windowMilliseconds, cluster);
    });
}
