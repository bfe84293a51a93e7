import { checkLock, type Change } from './change.ts';
import { explain } from './failure.ts';
import type { Story } from './story.ts';

/**
 * Does what may fail without turning a good verdict bad: then it warns and answers false. Without the lock nothing more
 * is written, and the next change mends what is missing.
 * @throws ApplicationFailure `lock_lost`
 */
export async function attempt(
  { change, story }: { change: Change; story: Story },
  what: string,
  work: () => Promise<unknown>,
): Promise<boolean> {
  checkLock({ change });
  try {
    await work();
    return true;
  } catch (error) {
    const { message, hint } = explain(error);
    story.warn(`${what}: ${message}`, hint);
    return false;
  }
}
