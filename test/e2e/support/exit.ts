import assert from 'node:assert/strict';
import type { Result } from '../../setup/process.ts';

/** A `wl` that ended otherwise than it should shows all that it has said. */
export const assertExit = (result: Result, code: number): void =>
  assert.equal(result.code, code, `exit ${result.code} instead of ${code}:\n${result.stdout}\n${result.stderr}`);
