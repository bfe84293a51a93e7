const EVERY_SECONDS = 15;

/** Says every 15 s that something long is still going on, and for how long it has. */
export async function sayWhileItLasts<T>(what: string, log: (line: string) => void, work: Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const timer = setInterval(
    () => log(`${what}: ${Math.round((Date.now() - startedAt) / 1000)} s so far`),
    EVERY_SECONDS * 1000,
  );
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
