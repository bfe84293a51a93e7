import type { ServiceStatus } from '../../domain/api.ts';
import { WonderlandError } from '../../domain/errors.ts';
import { deploymentRef } from '../../domain/ids.ts';
import type { Command } from '../command.ts';
import { printJson } from '../output/json.ts';
import { requireServiceName } from '../reference.ts';

export const cancelCommand: Command = {
  name: 'cancel',
  summary: 'Cancel the running change of a service.',
  description: 'What it has changed is put back; the deployment ends as cancelled, with who cancelled it.',
  arguments: [{ usage: '<name>', description: 'name of the service' }],
  options: [],
  formats: ['text', 'json'],
  usesApi: true,
  examples: ['wl cancel autoscaler', 'wl cancel autoscaler --output json'],
  async run(context, [name = '']) {
    const { io, format } = context;
    const service = requireServiceName(name);
    const client = await context.client();
    const { changes } = await client.status(service);
    const change = changeToCancel(changes);
    if (change === undefined) {
      throw new WonderlandError('not_found', `No change of ${service} is running`, {
        hint: `See what it runs: wl status ${service}`,
      });
    }
    await client.cancelDeployment(service, change.id);
    const reference = deploymentRef(service, change.id);
    if (format === 'json') printJson(io, { service, id: change.id, cancelling: true });
    else io.out(`Cancelling ${reference}`);
    const others = changes.filter(({ id }) => id !== change.id).map(({ id }) => deploymentRef(service, id));
    if (others.length > 0) io.err(`Still queued, and next in turn: ${others.join(', ')}`);
    io.err(`Follow it: wl follow ${reference}`);
    return 0;
  },
};

/** The running one; when all wait, the newest. */
const changeToCancel = (changes: ServiceStatus['changes']) =>
  changes.find(({ phase }) => phase !== 'queued') ?? changes.toSorted((a, b) => b.startedAt - a.startedAt)[0];
