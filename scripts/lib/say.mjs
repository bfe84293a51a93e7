/** Progress of set-up: to stderr, so that stdout stays the result's. @param {string} line */
export const say = (line) => void process.stderr.write(`wonderland: ${line}\n`);

const EVERY_SECONDS = 15;

/**
 * Says what takes long: at once, and every 15 s while it lasts.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function sayWhile(what, work) {
  const startedAt = Date.now();
  say(`${what} …`);
  const timer = setInterval(
    () => say(`${what}: ${Math.round((Date.now() - startedAt) / 1000)} s so far`),
    EVERY_SECONDS * 1000,
  );
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
