import type { OpenChange } from '../../domain/api.ts';
import { WonderlandError } from '../../domain/errors.ts';
import { deploymentRef } from '../../domain/ids.ts';
import type { Command } from '../command.ts';
import { printJson } from '../output/json.ts';
import { requireServiceName } from '../reference.ts';

export const cancelCommand: Command<{ pending?: boolean }> = {
  name: 'cancel',
  summary: 'Cancel the running change of a service, or the one that waits.',
  description: 'What it has changed is put back; it ends as cancelled, with who cancelled it.',
  arguments: [{ usage: '<name>', description: 'name of the service' }],
  options: [{ flags: '--pending', description: 'the change that waits for its turn; the running one goes on' }],
  formats: ['text', 'json'],
  usesApi: true,
  examples: ['wl cancel autoscaler', 'wl cancel autoscaler --pending', 'wl cancel autoscaler --output json'],
  async run(context, [name = ''], { pending = false }) {
    const { io, format } = context;
    const service = requireServiceName(name);
    const client = await context.client();
    const { changes } = await client.status(service);
    const candidates = changes.filter((change) => change.pending === pending);
    const change = changeToCancel(candidates);
    if (change === undefined) throw nothingToCancel(service, { pending, changes });
    const { id, kind } = change;
    await client.cancelDeployment(service, id);
    const reference = deploymentRef(service, id);
    if (format === 'json') printJson(io, { service, id, kind, cancelling: true });
    else io.out(`Cancelling ${reference}`);
    const others = changes.filter((other) => other.id !== id);
    if (others.length > 0) {
      const references = others.map((other) => deploymentRef(service, other.id)).join(', ');
      io.err(`${pending ? 'Still running' : 'Still queued, and next in turn'}: ${references}`);
    }
    io.err(`Follow it: wl follow ${reference}`);
    return 0;
  },
};

/** The one that has begun; when none has, the newest, because the others are superseded by it. */
const changeToCancel = (changes: readonly OpenChange[]): OpenChange | undefined =>
  changes.find(({ phase }) => phase !== 'queued') ?? changes.toSorted((a, b) => b.startedAt - a.startedAt)[0];

function nothingToCancel(
  service: string,
  { pending, changes }: { pending: boolean; changes: readonly OpenChange[] },
): WonderlandError {
  const [running] = changes;
  if (pending && running !== undefined) {
    return new WonderlandError('not_found', `No change of ${service} waits for its turn`, {
      hint: `${deploymentRef(service, running.id)} runs; to cancel that one: wl cancel ${service}`,
    });
  }
  return new WonderlandError('not_found', `No change of ${service} is ${pending ? 'waiting' : 'running'}`, {
    hint: `See what it runs: wl status ${service}`,
  });
}
