import type { Client } from '@temporalio/client';
import { loadConfig, type Config } from '../../../../src/config.ts';
import { isWonderlandError } from '../../../../src/domain/errors.ts';
import { connectClient } from '../../../../src/temporal.ts';
import type { Stack } from '../../../setup/stack.ts';
import { crash } from '../kills.ts';
import type { Kill } from './kill.ts';
import { inTurns } from './places.ts';

/** The stack, as an API process of it sees it, and what must not be done twice at once. */
export interface Office {
  stack: Stack;
  config: Config;
  temporal: Client;
  /** Kills Temporal and answers when it is there again; one crash after the other. */
  crashTemporal: () => Promise<void>;
  /** Of Temporal, which hit whatever is under way. */
  crashes: Kill[];
}

export function openOffice(stack: Stack): Office {
  const config = loadConfig(stack.childEnv);
  const alone = inTurns(1);
  return {
    stack,
    config,
    temporal: connectClient(config),
    crashTemporal: () => alone(() => crash(stack, 'temporal')),
    crashes: [],
  };
}

const PATIENCE_MILLISECONDS = 120_000;

/** Asks Temporal again while it is away. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MILLISECONDS; ;) {
    try {
      return await ask();
    } catch (error) {
      if (!isAway(error) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** gRPC statuses of a deadline that passed, of a call that was cut off and of a server that is not there. */
const AWAY = [1, 4, 14];

function isAway(error: unknown): boolean {
  if (isWonderlandError(error)) return error.code === 'unavailable';
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return AWAY.includes(Number(code)) || AWAY.includes(Number(cause?.code));
}
