import { basename } from 'node:path';
import type { Command } from '../command.ts';
import { printManifestWarnings, readManifest } from '../manifest-file.ts';
import { requireServiceName } from '../reference.ts';
import { CHANGE_OPTIONS, conflictOf, runChange, type ChangeOptions } from '../run-change.ts';

interface DeployOptions extends ChangeOptions {
  file: string;
  takeOverDomain?: boolean;
}

export const deployCommand: Command<DeployOptions> = {
  name: 'deploy',
  summary: 'Deploy a service from its manifest and watch it to the verdict.',
  description:
    'The deployment runs on the platform and goes on when wl stops: Ctrl-C and --timeout end the watching alone. ' +
    'A failed deployment puts back what ran before, and exits with 7.',
  arguments: [{ usage: '<name>', description: 'name of the service' }],
  options: [
    { flags: '-f, --file <path>', description: 'the manifest', default: 'wonderland.yaml' },
    { flags: '--take-over-domain', description: "let the domain's record move away from what it points to now" },
    ...CHANGE_OPTIONS,
  ],
  formats: ['text', 'json', 'jsonl'],
  usesApi: true,
  examples: [
    'wl deploy autoscaler -f wonderland-autoscaler/wonderland.yaml',
    'wl deploy autoscaler --on-conflict supersede',
    'wl deploy autoscaler --detach --output json',
  ],
  async run(context, [name = ''], options) {
    const { file, takeOverDomain, detach } = options;
    const service = requireServiceName(name);
    const manifest = await readManifest(context, file);
    const { requireSupported } = await import('../../manifest/supported.ts');
    requireSupported(manifest, file);
    // The event stream repeats them to everybody who watches.
    if (detach) printManifestWarnings(context.io, manifest);
    const request = {
      manifest: manifest.text,
      file: basename(file),
      ...(takeOverDomain && { takeOverDomain }),
      ...conflictOf(options),
    };
    return runChange(context, { service, options, ask: (client, id) => client.putDeployment(service, id, request) });
  },
};
