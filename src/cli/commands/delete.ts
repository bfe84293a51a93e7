import { WonderlandError } from '../../domain/errors.ts';
import type { Command, Context } from '../command.ts';
import { requireServiceName } from '../reference.ts';
import { CHANGE_OPTIONS, conflictOf, runChange, type ChangeOptions } from '../run-change.ts';

export const deleteCommand: Command<ChangeOptions & { yes?: boolean }> = {
  name: 'delete',
  summary: 'Delete a service and everything of it.',
  description:
    'Record, load balancer, tasks, revisions, status check, topic and board: the record first, so that no request is ' +
    'lost; its logs stay until they expire. May be repeated, also for what is left of a service. Asks for the name of ' +
    'the service on a terminal.',
  arguments: [{ usage: '<name>', description: 'name of the service' }],
  options: [{ flags: '--yes', description: 'do not ask; needed off a terminal' }, ...CHANGE_OPTIONS],
  formats: ['text', 'json', 'jsonl'],
  usesApi: true,
  examples: ['wl delete autoscaler', 'wl delete autoscaler --yes --output json'],
  async run(context, [name = ''], options) {
    const service = requireServiceName(name);
    if (!options.yes) await confirm(context, service);
    const request = conflictOf(options);
    return runChange(context, {
      service,
      options,
      ask: (client, id) => client.deleteService(service, { id, ...request }),
    });
  },
};

/** @throws WonderlandError `usage` unless somebody types the name of the service. */
async function confirm({ ask }: Context, service: string): Promise<void> {
  if (ask === undefined) {
    throw new WonderlandError('usage', `${service} is not deleted: there is no terminal to ask on`, {
      hint: `To delete it without being asked: wl delete ${service} --yes`,
    });
  }
  const typed = await ask(`This deletes ${service} and everything of it. Type its name to go on: `);
  if (typed?.trim() === service) return;
  throw new WonderlandError('usage', `${service} is not deleted: ${typed ? 'another name' : 'no name'} was typed`, {
    hint: `Type ${service} to delete it.`,
  });
}
