import type { OpenChange, ServiceStatus } from '../../domain/api.ts';
import { deploymentRef } from '../../domain/ids.ts';
import type { Command } from '../command.ts';
import { printHint } from '../error-report.ts';
import { printJson } from '../output/json.ts';
import { renderTable } from '../output/table.ts';
import { formatTime } from '../output/time.ts';
import { requireServiceName } from '../reference.ts';

const TITLES = ['Machine', 'Component', 'Status', 'Started', 'Deployment', 'ELB'];

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show what a service runs, task by task, and its open changes.',
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
    if (isNothing(status)) {
      io.err(`Nothing of ${service} runs, and no change of it is on its way.`);
      printHint(io, 'Deploy it from its manifest; `wl delete` frees its name.');
    }
    for (const change of status.changes.toSorted((a, b) => a.startedAt - b.startedAt)) {
      io.out(renderChange(service, change));
    }
    return 0;
  },
};

/** Its first deployment failed, or somebody deleted it by hand. */
const isNothing = ({ currentDeployment, tasks, changes }: ServiceStatus): boolean =>
  currentDeployment === undefined && tasks.length === 0 && changes.length === 0;

const renderChange = (service: string, { id, kind, phase, actor, startedAt, pending }: OpenChange): string => {
  const what = pending ? `${kind}, waiting for its turn` : `${kind}, ${phase}`;
  return `${pending ? 'Pending' : 'In progress'}: ${deploymentRef(service, id)} (${what}, by ${actor} since ${formatTime(startedAt)})`;
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
