/** A case runs as soon as a place is free, so that a slow machine is not asked for everything at once. */
const PLACES = 8;

/**
 * Defines tests that run at the same time, because most of each is waiting for the cloud. Together they take about as
 * long as the longest; the time shown beside a test is what was left of it when the tests before had ended.
 */
export function sideBySide(cases: Record<string, () => Promise<void>>, { limitSeconds = 180 } = {}): void {
  const outcomes = new Map<string, Promise<void>>();
  before(() => {
    const queue = Object.entries(cases);
    const place = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await settled(next[0], next[1]);
    };
    const settle = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();
    const settled = async (title: string, run: () => Promise<void>): Promise<void> => {
      await run().then(settle.get(title)?.resolve, settle.get(title)?.reject);
    };
    for (const [title] of queue) {
      const outcome = new Promise<void>((resolve, reject) => settle.set(title, { resolve, reject }));
      // It fails in its own test, not as an unhandled rejection before that.
      outcome.catch(() => undefined);
      outcomes.set(title, outcome);
    }
    for (let places = 0; places < PLACES; places += 1) void place();
  });
  for (const title of Object.keys(cases)) {
    it(title, async function () {
      this.timeout(limitSeconds * 1_000);
      await outcomes.get(title);
    });
  }
}
