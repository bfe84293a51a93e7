/** A cloud whose time passes only when a test says so, and its admin endpoint. */
import assert from 'node:assert/strict';
import type { CloudOptions } from '../../../src/localcloud/cloud.ts';
import { createKit, startTestCloud, type Kit } from '../cloud-kit.ts';

export interface SteppedCloud extends Kit {
  /** Lets cloud seconds pass. */
  pass(seconds: number): Promise<void>;
  /** Lets seconds pass until there is an answer, at most so many. */
  passUntil<T>(ask: () => Promise<T | undefined | false>, what: string, seconds?: number): Promise<T>;
  /** An admin call that is refused. */
  refused(method: string, path: string, body?: unknown): Promise<{ status: number; error: string }>;
  stop(): Promise<void>;
}

export const startSteppedCloud = async (options: Partial<CloudOptions> = {}): Promise<SteppedCloud> => {
  const cloud = await startTestCloud({ speed: 'stepped', dataPlane: false, seed: 1, ...options });
  const kit = createKit(cloud.addresses.url);
  const pass = (seconds: number): Promise<void> => cloud.advance?.(seconds * 1000) ?? Promise.resolve();
  return {
    ...kit,
    pass,
    passUntil: async (ask, what, seconds = 600) => {
      for (let passed = 0; passed <= seconds; passed += 2) {
        const answer = await ask();
        if (answer !== undefined && answer !== false) return answer;
        await pass(2);
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

export { startStepped, type Stepped } from './stepped-kit.ts';
