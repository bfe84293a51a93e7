import type { Command } from '../command.ts';
import { positiveSeconds } from '../option-values.ts';
import { parseReference } from '../reference.ts';
import { watchChange } from '../watch.ts';

export const followCommand: Command<{ timeout?: number }> = {
  name: 'follow',
  summary: 'Watch a change of a service from its first line to its verdict.',
  description: 'Works from anywhere, also after the end; exits with the exit code of the change.',
  arguments: [{ usage: '<change>', description: 'SERVICE/ID: a deployment, rollback, scale, restart or delete' }],
  options: [
    {
      flags: '--timeout <seconds>',
      description: 'stop watching after this time, with exit 124',
      parse: positiveSeconds,
    },
  ],
  formats: ['text', 'json', 'jsonl'],
  usesApi: true,
  examples: ['wl follow autoscaler/1466583476', 'wl follow autoscaler/1466583476 --output jsonl'],
  run: (context, [reference = ''], { timeout }) =>
    watchChange(context, {
      ...parseReference(reference),
      ...(timeout !== undefined && { timeoutSeconds: timeout }),
    }),
};
