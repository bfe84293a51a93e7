import type { DeploymentView } from '../domain/api.ts';
import { CONFLICT_POLICIES, type ConflictPolicy } from '../domain/change.ts';
import { isWonderlandError, WonderlandError } from '../domain/errors.ts';
import { deploymentRef } from '../domain/ids.ts';
import type { ApiClient } from './api-client.ts';
import type { Context, OptionSpec } from './command.ts';
import { positiveSeconds } from './option-values.ts';
import { printJson } from './output/json.ts';
import { WAITING_FOR_WORKER, watchChange } from './watch.ts';

/** What every command that changes a service takes. */
export interface ChangeOptions {
  onConflict?: ConflictPolicy;
  detach?: boolean;
  timeout?: number;
}

export const CHANGE_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--on-conflict <policy>',
    description:
      'while another change of the service runs: queue behind it (the default), supersede it, which puts back what it did, or fail with exit 6',
    choices: CONFLICT_POLICIES,
  },
  { flags: '--detach', description: 'do not watch: print the id and return' },
  {
    flags: '--timeout <seconds>',
    description: 'stop watching after this time, with exit 124',
    parse: positiveSeconds,
  },
];

/** What a request says of a conflict; nothing when nothing was asked for. */
export const conflictOf = ({ onConflict }: ChangeOptions): { onConflict?: ConflictPolicy } =>
  onConflict === undefined ? {} : { onConflict };

/** Ids are seconds, so others may hold the next ones when many ask at once. */
const MAX_IDS = 60;

/** Asks for a change under the first free id from now on; has to be safe to repeat. */
export type Ask = (client: ApiClient, id: string) => Promise<DeploymentView>;

/** Starts a change of a service and watches it to its verdict; returns the exit code. */
export async function runChange(
  context: Context,
  { service, options, ask }: { service: string; options: ChangeOptions; ask: Ask },
): Promise<number> {
  const { io, format } = context;
  const { detach, timeout } = options;
  const view = await start(await context.client(), service, ask);
  const { id, account } = view;
  io.err(`Account ${account.id} (${account.region}), environment ${account.environment}`);
  if (!detach) return watchChange(context, { service, id, ...(timeout !== undefined && { timeoutSeconds: timeout }) });

  if (format === 'text') io.out(deploymentRef(service, id));
  else if (format === 'json') printJson(io, view);
  else io.out(JSON.stringify({ type: 'result', service, id, exitCode: 0, accepted: true }));
  if (view.waitingForWorker) io.err(WAITING_FOR_WORKER);
  io.err(`Follow it: wl follow ${deploymentRef(service, id)}`);
  return 0;
}

async function start(client: ApiClient, service: string, ask: Ask): Promise<DeploymentView> {
  const now = Math.floor(Date.now() / 1000);
  for (let id = now; id < now + MAX_IDS; id++) {
    try {
      return await ask(client, String(id));
    } catch (error) {
      if (!isWonderlandError(error) || error.code !== 'conflict' || error.details?.reason !== 'id_taken') throw error;
    }
  }
  throw new WonderlandError('conflict', `The next ${MAX_IDS} seconds are all taken as ids of changes of ${service}`, {
    hint: 'Many changes of this service start at once; try again in a minute.',
  });
}
