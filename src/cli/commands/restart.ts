import type { Command } from '../command.ts';
import { requireServiceName } from '../reference.ts';
import { CHANGE_OPTIONS, conflictOf, runChange, type ChangeOptions } from '../run-change.ts';

export const restartCommand: Command<ChangeOptions> = {
  name: 'restart',
  summary: 'Replace every task of a service by a new one.',
  description: 'A rolling update to the release that runs: same image, same settings, no request lost.',
  arguments: [{ usage: '<name>', description: 'name of the service' }],
  options: CHANGE_OPTIONS,
  formats: ['text', 'json', 'jsonl'],
  usesApi: true,
  examples: ['wl restart autoscaler', 'wl restart autoscaler --on-conflict fail'],
  run(context, [name = ''], options) {
    const service = requireServiceName(name);
    const request = conflictOf(options);
    return runChange(context, { service, options, ask: (client, id) => client.restart(service, { id, ...request }) });
  },
};
