import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartName } from '../../../src/embedded/part.ts';
import { eventually } from '../../setup/eventually.ts';
import type { Stack } from '../../setup/stack.ts';

const readState = ({ stateDir }: Stack, name: string): string => readFileSync(join(stateDir, name), 'utf8');

const pidOf = (stack: Stack, part: PartName): number =>
  (JSON.parse(readState(stack, 'processes.json')) as Record<PartName, { pid: number }>)[part].pid;

/** How often a part has said that it is ready; Temporal never says so. */
const timesReady = (stack: Stack, part: PartName): number =>
  readState(stack, join('logs', `${part}.log`)).split('{"ready":true').length - 1;

/** Kills a part behind its supervisor's back, which starts it again by itself; resolves when it is ready. */
export async function crash(stack: Stack, part: PartName): Promise<void> {
  const [pid, ready] = [pidOf(stack, part), timesReady(stack, part)];
  process.kill(pid, 'SIGKILL');
  await eventually(`${part} started again`, () => pidOf(stack, part) !== pid, 60);
  if (part === 'temporal') await untilUp(stack);
  else await eventually(`${part} ready`, () => timesReady(stack, part) > ready, 90);
}

/** Resolves when every part is up. */
export const untilUp = (stack: Stack): Promise<true> =>
  eventually('every part up', async () => (await stack.wl(['local', 'status'])).code === 0, 90);

/** Kills a part as a person does, and starts it; resolves when it is ready. */
export async function killAndStart(stack: Stack, part: PartName): Promise<void> {
  await stack.kill(part);
  await stack.start(part);
}
