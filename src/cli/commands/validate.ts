import { formatIssue } from '../../domain/errors.ts';
import type { Command } from '../command.ts';
import { printManifestWarnings, readManifest } from '../manifest-file.ts';
import { printJson } from '../output/json.ts';

export const validateCommand: Command = {
  name: 'validate',
  summary: 'Check a manifest; needs no server.',
  description: 'Every fault is printed with file, line and column. Variables are filled from the environment.',
  arguments: [{ usage: '<file>', description: 'the manifest' }],
  options: [],
  formats: ['text', 'json'],
  usesApi: false,
  examples: ['wl validate wonderland.yaml', 'wl validate wonderland.yaml --output json'],
  async run(context, [file = '']) {
    const { io, format } = context;
    const manifest = await readManifest(context, file);
    const { unsupported, warnings } = manifest;
    if (format === 'json') printJson(io, { valid: true, unsupported, warnings });
    else {
      printManifestWarnings(io, manifest);
      for (const { hint: _, ...issue } of unsupported) io.err(`Note: ${formatIssue(issue)}; a deployment refuses it`);
      io.out(`${file} is valid`);
    }
    return 0;
  },
};
