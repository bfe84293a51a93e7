/** A cloud whose time passes only when a test says so, and its admin endpoint. */
import assert from 'node:assert/strict';
import type { CloudOptions } from '../../../src/localcloud/cloud.ts';
import { createKit, startTestCloud, type Kit } from '../cloud-kit.ts';

/** Cloud seconds between two looks of the scheduler. */
const LOOK = 10;
/** Cloud seconds between two questions of a test that waits. */
const STEP = 2;

export interface SteppedCloud extends Kit {
  /** Lets cloud seconds pass. */
  pass(seconds: number): Promise<void>;
  /** So many looks of the scheduler. */
  looks(count: number): Promise<void>;
  /** Lets seconds pass until there is an answer, at most so many. */
  passUntil<T>(ask: () => Promise<T | undefined | false>, what: string, seconds?: number): Promise<T>;
  /** An admin call that is refused. */
  refused(method: string, path: string, body?: unknown): Promise<{ status: number; error: string }>;
  stop(): Promise<void>;
}

/** Nothing listens but the endpoint; everything happens as often and in the same order in every run. */
export const startSteppedCloud = async (options: Partial<CloudOptions> = {}): Promise<SteppedCloud> => {
  const cloud = await startTestCloud({ speed: 'stepped', dataPlane: false, seed: 1, ...options });
  const kit = createKit(cloud.addresses.url);
  const pass = (seconds: number): Promise<void> => cloud.advance?.(seconds * 1000) ?? Promise.resolve();
  return {
    ...kit,
    pass,
    looks: (count) => pass(count * LOOK),
    passUntil: async (ask, what, seconds = 1200) => {
      for (let passed = 0; passed <= seconds; passed += STEP) {
        const answer = await ask();
        if (answer !== undefined && answer !== false) return answer;
        await pass(STEP);
      }
      assert.fail(`in vain waited for: ${what}`);
    },
    refused: async (method, path, body) => {
      const response = await fetch(`${kit.url}/_wonderland/${path}`, {
        method,
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const { error } = (await response.json()) as { error: string };
      assert.ok(response.status >= 400, `${method} ${path} was not refused`);
      return { status: response.status, error };
    },
    stop: async () => {
      kit.close();
      await cloud.stop();
    },
  };
};
