import type { Command } from '../command.ts';

export const localCommand: Command = {
  name: 'local',
  summary: 'Run the embedded stack: Temporal, a local cloud, the API and a worker.',
  description: 'See `wl local --help` for its own commands.',
  arguments: [
    {
      usage: '[args...]',
      description: 'start, stop, status, env, reset, kill or start PART, scenario list, run or stop',
    },
  ],
  options: [],
  formats: ['text'],
  usesApi: false,
  passThrough: true,
  examples: ['wl local start', 'eval "$(wl local env)"', 'wl local scenario run image-missing --service autoscaler'],
  async run({ io }, args) {
    const { runLocal } = await import('../../embedded/commands.ts');
    return runLocal([...args], io);
  },
};
