import type { Command } from '../command.ts';
import { positiveSeconds } from '../option-values.ts';
import { parseReference } from '../reference.ts';
import { watchDeployment } from '../watch.ts';

export const followCommand: Command<{ timeout?: number }> = {
  name: 'follow',
  summary: 'Watch a deployment from its first line to its verdict.',
  description: "Works from anywhere, also after the end; exits with the deployment's own exit code.",
  arguments: [{ usage: '<deployment>', description: 'SERVICE/ID' }],
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
    watchDeployment(context, {
      ...parseReference(reference),
      ...(timeout !== undefined && { timeoutSeconds: timeout }),
    }),
};
