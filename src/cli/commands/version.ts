import type { Command } from '../command.ts';
import { printJson } from '../output/json.ts';
import { packageVersion } from '../version.ts';

export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version of wl.',
  arguments: [],
  options: [],
  formats: ['text', 'json'],
  usesApi: false,
  examples: ['wl version', 'wl version --output json'],
  async run({ io, format }) {
    const version = packageVersion();
    if (format === 'json') printJson(io, { version, node: process.versions.node });
    else io.out(`wl ${version}`);
    return 0;
  },
};
