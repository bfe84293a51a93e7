import { basename } from 'node:path';
import type { DeploymentRequest, DeploymentView } from '../../domain/api.ts';
import { isWonderlandError, WonderlandError } from '../../domain/errors.ts';
import { deploymentRef } from '../../domain/ids.ts';
import type { ApiClient } from '../api-client.ts';
import type { Command } from '../command.ts';
import { printManifestWarnings, readManifest } from '../manifest-file.ts';
import { positiveSeconds } from '../option-values.ts';
import { printJson } from '../output/json.ts';
import { requireServiceName } from '../reference.ts';
import { WAITING_FOR_WORKER, watchDeployment } from '../watch.ts';

interface DeployOptions {
  file: string;
  detach?: boolean;
  timeout?: number;
  takeOverDomain?: boolean;
}

/** Ids are seconds, so others may hold the next ones when many deploy at once. */
const MAX_IDS = 60;

export const deployCommand: Command<DeployOptions> = {
  name: 'deploy',
  summary: 'Deploy a service from its manifest and watch it to the verdict.',
  description:
    'The deployment runs on the platform and goes on when wl stops: Ctrl-C and --timeout end the watching alone. ' +
    'A failed deployment puts back what ran before, and exits with 7.',
  arguments: [{ usage: '<name>', description: 'name of the service' }],
  options: [
    { flags: '-f, --file <path>', description: 'the manifest', default: 'wonderland.yaml' },
    { flags: '--detach', description: 'do not watch: print the id and return' },
    {
      flags: '--timeout <seconds>',
      description: 'stop watching after this time, with exit 124',
      parse: positiveSeconds,
    },
    { flags: '--take-over-domain', description: "let the domain's record move away from what it points to now" },
  ],
  formats: ['text', 'json', 'jsonl'],
  usesApi: true,
  examples: [
    'wl deploy autoscaler -f wonderland-autoscaler/wonderland.yaml',
    'wl deploy autoscaler --detach --output json',
  ],
  async run(context, [name = ''], { file, detach, timeout, takeOverDomain }) {
    const { io, format } = context;
    const service = requireServiceName(name);
    const manifest = await readManifest(context, file);
    const { requireSupported } = await import('../../manifest/supported.ts');
    requireSupported(manifest, file);
    // The event stream repeats them to everybody who watches.
    if (detach) printManifestWarnings(io, manifest);
    const request = { manifest: manifest.text, file: basename(file), ...(takeOverDomain && { takeOverDomain }) };
    const view = await start(await context.client(), service, request);
    const { id, account } = view;
    io.err(`Account ${account.id} (${account.region}), environment ${account.environment}`);
    if (detach) {
      if (format === 'text') io.out(deploymentRef(service, id));
      else if (format === 'json') printJson(io, view);
      else io.out(JSON.stringify({ type: 'result', service, id, exitCode: 0, accepted: true }));
      if (view.waitingForWorker) io.err(WAITING_FOR_WORKER);
      io.err(`Follow it: wl follow ${deploymentRef(service, id)}`);
      return 0;
    }
    return watchDeployment(context, { service, id, ...(timeout !== undefined && { timeoutSeconds: timeout }) });
  },
};

/** Starts the deployment under the first free id from now on. */
async function start(client: ApiClient, service: string, request: DeploymentRequest): Promise<DeploymentView> {
  const now = Math.floor(Date.now() / 1000);
  for (let id = now; id < now + MAX_IDS; id++) {
    try {
      return await client.putDeployment(service, String(id), request);
    } catch (error) {
      if (!isWonderlandError(error) || error.code !== 'conflict' || error.details?.reason !== 'id_taken') throw error;
    }
  }
  throw new WonderlandError('conflict', `The deployment ids of the next ${MAX_IDS} seconds are all taken`, {
    hint: 'Many deployments of this service start at once; try again in a minute.',
  });
}
