import type { Command } from '../command.ts';
import { deploymentId } from '../option-values.ts';
import { requireServiceName } from '../reference.ts';
import { CHANGE_OPTIONS, conflictOf, runChange, type ChangeOptions } from '../run-change.ts';

export const rollbackCommand: Command<ChangeOptions & { to?: string }> = {
  name: 'rollback',
  summary: 'Go back to a release that was good.',
  description:
    'Image (by its digest), environment, scale, load balancer and domain go back together. Without --to it is the last ' +
    'release that passed its gates and is not what runs now. Prints the command that undoes it.',
  arguments: [{ usage: '<name>', description: 'name of the service' }],
  options: [{ flags: '--to <id>', description: 'deployment to go back to', parse: deploymentId }, ...CHANGE_OPTIONS],
  formats: ['text', 'json', 'jsonl'],
  usesApi: true,
  examples: ['wl rollback autoscaler', 'wl rollback autoscaler --to 1466583476'],
  run(context, [name = ''], options) {
    const service = requireServiceName(name);
    const request = { ...(options.to !== undefined && { to: options.to }), ...conflictOf(options) };
    return runChange(context, { service, options, ask: (client, id) => client.rollback(service, { id, ...request }) });
  },
};
