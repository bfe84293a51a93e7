import type { Command } from '../command.ts';
import { taskCount } from '../option-values.ts';
import { requireServiceName } from '../reference.ts';
import { CHANGE_OPTIONS, conflictOf, runChange, type ChangeOptions } from '../run-change.ts';

export const scaleCommand: Command<ChangeOptions> = {
  name: 'scale',
  summary: 'Change how many tasks a service runs.',
  description: 'It lasts until the next deployment, which takes `scale` of its manifest.',
  arguments: [
    { usage: '<name>', description: 'name of the service' },
    { usage: '<tasks>', description: 'wanted number of tasks, 0 to 100' },
  ],
  options: CHANGE_OPTIONS,
  formats: ['text', 'json', 'jsonl'],
  usesApi: true,
  examples: ['wl scale autoscaler 4', 'wl scale autoscaler 0 --output json'],
  run(context, [name = '', tasks = ''], options) {
    const service = requireServiceName(name);
    const request = { desired: taskCount(tasks), ...conflictOf(options) };
    return runChange(context, { service, options, ask: (client, id) => client.scale(service, { id, ...request }) });
  },
};
