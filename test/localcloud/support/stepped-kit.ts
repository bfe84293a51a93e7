/** A cloud without sockets for tasks whose time passes only on request, and what tests of services do with it. */
import { createKit, startTestCloud } from '../cloud-kit.ts';

const HOUR = 3_600_000;

/** Everything happens as often and in the same order in every run. */
export const startStepped = async (seed = 1, strict = false) => {
  const cloud = await startTestCloud({ speed: 'stepped', dataPlane: false, seed, strict });
  const kit = createKit(cloud.addresses.url);
  const advance = cloud.advance;
  if (advance === undefined) throw new Error('the cloud has no stepped clock');
  const seconds = (count: number): Promise<void> => advance(count * 1000);
  return {
    ...kit,
    seconds,
    hours: (count: number): Promise<void> => advance(count * HOUR),
    /** So many looks of the scheduler. */
    looks: (count: number): Promise<void> => seconds(count * 10),
    /** Lets time pass until it is so; fails after so many cloud seconds. */
    until: async (isSo: () => Promise<boolean>, what: string, most = 1200): Promise<void> => {
      for (let passed = 0; passed <= most; passed += 5) {
        if (await isSo()) return;
        await seconds(5);
      }
      throw new Error(`${what}: not within ${most} cloud seconds`);
    },
    stop: async (): Promise<void> => {
      kit.close();
      await cloud.stop();
    },
  };
};

export type Stepped = Awaited<ReturnType<typeof startStepped>>;
