import type { ServiceStatus } from '../../domain/api.ts';
import { deploymentRef } from '../../domain/ids.ts';
import type { Command } from '../command.ts';
import { printJson } from '../output/json.ts';
import { renderTable } from '../output/table.ts';
import { formatTime } from '../output/time.ts';
import { requireServiceName } from '../reference.ts';

const TITLES = ['Machine', 'Component', 'Status', 'Started', 'Deployment', 'ELB'];

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show what a service runs, task by task.',
  description: 'Asks AWS, through the API. Times are in the local time zone.',
  arguments: [{ usage: '<name>', description: 'name of the service' }],
  options: [],
  formats: ['text', 'json'],
  usesApi: true,
  examples: ['wl status autoscaler', 'wl status autoscaler --output json'],
  async run(context, [name = '']) {
    const { io, format } = context;
    const service = requireServiceName(name);
    const status = await (await context.client()).status(service);
    if (format === 'json') {
      printJson(io, status);
      return 0;
    }
    for (const line of renderStatus(status)) io.out(line);
    for (const { id, phase, actor } of status.changes) {
      io.err(`In progress: ${deploymentRef(status.service, id)} (${phase}, by ${actor})`);
    }
    return 0;
  },
};

export const renderStatus = ({ currentDeployment, desiredScale, tasks }: ServiceStatus): string[] => [
  `Current deployment: ${currentDeployment ?? '-'}`,
  `Desired scale: ${desiredScale}`,
  ...renderTable(
    TITLES,
    tasks.map(({ machine, component, status, startedAt, deployment, elb }) => [
      machine,
      component,
      status,
      startedAt === undefined ? '-' : formatTime(startedAt),
      deployment,
      elb,
    ]),
  ),
];
