import type { RootHookObject } from 'mocha';
import { stopAllStacks } from './stack.ts';

/** Runs after all tests, whatever became of them. */
export const mochaHooks: RootHookObject = {
  async afterAll(this: Mocha.Context) {
    this.timeout(60_000);
    await stopAllStacks();
  },
};
