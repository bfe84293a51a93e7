import type { Command } from '../command.ts';
import { printJson } from '../output/json.ts';
import { renderTable } from '../output/table.ts';

export const listCommand: Command = {
  name: 'list',
  summary: 'List the services.',
  arguments: [],
  options: [],
  formats: ['text', 'json'],
  usesApi: true,
  examples: ['wl list', 'wl list --output json'],
  async run(context) {
    const { io, format } = context;
    const services = await (await context.client()).services();
    if (format === 'json') printJson(io, { services });
    else {
      const rows = services.map(({ service, team, currentDeployment, desired, running }) => [
        service,
        team,
        currentDeployment ?? '-',
        String(desired),
        String(running),
      ]);
      for (const line of renderTable(['Service', 'Team', 'Deployment', 'Desired', 'Running'], rows)) io.out(line);
    }
    return 0;
  },
};
