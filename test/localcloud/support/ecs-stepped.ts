/** A cloud for tests of single tasks: nothing listens, and time passes only on request. */
import { createKit, startTestCloud } from '../cloud-kit.ts';

/** The same seed gives the same ids and choices. */
export const startStepped = async (seed = 1) => {
  const cloud = await startTestCloud({ speed: 'stepped', dataPlane: false, seed });
  const kit = createKit(cloud.addresses.url);
  const { advance } = cloud;
  if (advance === undefined) throw new Error('the cloud has no stepped clock');
  const seconds = (count: number): Promise<void> => advance(count * 1000);
  return {
    ...kit,
    seconds,
    /** Lets time pass until it is so; fails after twenty cloud minutes. */
    until: async (isSo: () => Promise<boolean>, what: string): Promise<void> => {
      for (let passed = 0; passed <= 1200; passed += 5) {
        if (await isSo()) return;
        await seconds(5);
      }
      throw new Error(`in vain waited for: ${what}`);
    },
    stop: async (): Promise<void> => {
      kit.close();
      await cloud.stop();
    },
  };
};

export type Stepped = Awaited<ReturnType<typeof startStepped>>;
