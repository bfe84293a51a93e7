import assert from 'node:assert/strict';
import { deployWorkflowId } from '../../../src/domain/ids.ts';
import type { Progress, Verdict } from '../../../src/domain/events.ts';
import { eventually } from '../../setup/eventually.ts';
import type { Stack } from '../../setup/stack.ts';
import { post, streamOf } from './api.ts';
import { withTemporal } from './temporal.ts';

/** What a deployment has told from its first line to its verdict. */
export interface Told {
  id: string;
  /** Lines and warnings. */
  lines: string[];
  verdict: Verdict;
}

export async function toldBy(stack: Stack, service: string, id: string): Promise<Told> {
  const { events } = await streamOf(stack, service, id);
  const lines = events.flatMap((e) => (e.type === 'line' ? e.text : e.type === 'warning' ? e.message : []));
  const last = events.at(-1);
  assert.equal(last?.type, 'verdict', `${service}/${id}: the stream ended without a verdict`);
  return { id, lines, verdict: (last as { verdict: Verdict }).verdict };
}

/** Deploys and waits for the verdict, whatever it is. */
export const deploy = async (stack: Stack, service: string, manifest: string): Promise<Told> =>
  toldBy(stack, service, await post(stack, service, { manifest }));

export const assertVerdict = ({ verdict, lines }: Told, code: Verdict['code']): void =>
  assert.equal(verdict.code, code, `${JSON.stringify(verdict)}\n${lines.join('\n')}`);

export const assertTold = ({ lines }: Told, line: string): void =>
  assert.ok(lines.includes(line), `not said: ${line}\n${lines.join('\n')}`);

/** Resolves as soon as a deployment that runs has told a line that begins so. */
export const untilTold = (stack: Stack, service: string, id: string, line: string): Promise<unknown> =>
  withTemporal(stack, ({ workflow }) => {
    const handle = workflow.getHandle(deployWorkflowId(service, id));
    const has = async () => {
      const { events } = await handle.query<Progress, [{ after: number }]>('progress', { after: 0 });
      return events.some((e) => e.type === 'line' && e.text.startsWith(line));
    };
    return eventually(`${service}/${id} tells: ${line}`, has, 120);
  });
