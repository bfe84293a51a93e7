/** So many at once: most of each is waiting for the cloud, but a small machine must not be asked for everything. */
const PLACES = 12;
const LIMIT_SECONDS = 300;

interface Work {
  title: string;
  run: () => Promise<unknown>;
  /** Present once it has ended. */
  outcome?: { value: unknown } | { error: unknown };
}

const registered: Work[] = [];
let everything: Promise<void> | undefined;

async function runEverything(): Promise<void> {
  const queue = [...registered];
  const place = async (): Promise<void> => {
    for (let work = queue.shift(); work !== undefined; work = queue.shift()) await runOne(work);
  };
  await Promise.all(Array.from({ length: PLACES }, place));
}

async function runOne(work: Work): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`${work.title}: not done within ${LIMIT_SECONDS} s`));
    timer = setTimeout(late, LIMIT_SECONDS * 1_000);
  });
  try {
    work.outcome = { value: await Promise.race([work.run(), limit]) };
  } catch (error) {
    work.outcome = { error };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Work on the shared stack that runs at the same time as that of every other suite which asks so: all of it begins, and
 * ends, before the first of these suites; nothing else runs meanwhile. To be called in a suite; answers how to learn
 * what came of it in a test or hook.
 */
export function meanwhile<T>(title: string, run: () => Promise<T>): () => T {
  const outcomeOf = register({ title, run });
  before(awaitEverything);
  return outcomeOf as () => T;
}

/**
 * Tests of one suite that run side by side, see `meanwhile`; their time is that of the hook before the first suite.
 * @param prepare runs before each of them
 */
export function sideBySide(prepare: () => Promise<void>, cases: Record<string, () => Promise<void>>): void {
  before(awaitEverything);
  for (const [title, run] of Object.entries(cases)) {
    const outcomeOf = register({ title, run: () => prepare().then(run) });
    it(title, () => void outcomeOf());
  }
}

function register(work: Work): () => unknown {
  registered.push(work);
  return () => {
    const { title, outcome } = work;
    if (outcome === undefined) throw new Error(`${title}: was not run`);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
}

async function awaitEverything(this: Mocha.Context): Promise<void> {
  this.timeout(registered.length * LIMIT_SECONDS * 1_000);
  everything ??= runEverything();
  await everything;
}
