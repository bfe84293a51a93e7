import type { Command } from '../command.ts';

export const localCommand: Command = {
  name: 'local',
  summary: 'Run the embedded stack: Temporal, a local cloud, the API and a worker.',
  description: 'See `wl local --help` for its own commands.',
  arguments: [{ usage: '[args...]', description: 'start, stop, status, env, reset, kill or start PART' }],
  options: [],
  formats: ['text'],
  usesApi: false,
  passThrough: true,
  examples: ['wl local start', 'eval "$(wl local env)"'],
  async run({ io }, args) {
    const { runLocal } = await import('../../embedded/commands.ts');
    return runLocal([...args], io);
  },
};
