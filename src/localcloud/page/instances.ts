import { containerInstances, remaining, usedPorts, zoneOf } from '../admin/world/find.ts';
import type { Surroundings } from '../admin/world/event.ts';
import type { Params } from '../engine/contract.ts';
import type { TaskReport } from '../services/ecs.ts';
import { html, type Content, type Html } from './html.ts';
import { badge, bar, colourOf, countOf, section, type Segment } from './pieces.ts';

const MOST = 100;
const MOST_PORTS = 40;
/** ECS keeps these for itself on every instance. */
const AGENT_PORTS = [22, 2375, 2376, 51_678, 51_679];

interface Size {
  cpu: number;
  memory: number;
}

/** What a task of a revision takes; asked once for each revision. */
const sizesOf = async ({ hand }: Surroundings, tasks: readonly TaskReport[]): Promise<Map<string, Size>> => {
  const sizes = new Map<string, Size>();
  for (const { family, revision } of tasks) {
    const taskDefinition = `${family}:${revision}`;
    if (sizes.has(taskDefinition)) continue;
    const answer = await hand.look('ecs', 'DescribeTaskDefinition', { taskDefinition });
    const { cpu, memory, containerDefinitions } = answer.taskDefinition as Params;
    const containers = containerDefinitions as Params[];
    const sum = (member: (one: Params) => unknown): number =>
      containers.reduce((total, one) => total + Number(member(one) ?? 0), 0);
    sizes.set(taskDefinition, {
      cpu: cpu === undefined ? sum((one) => one.cpu) : Number(cpu),
      memory: memory === undefined ? sum((one) => one.memoryReservation ?? one.memory) : Number(memory),
    });
  }
  return sizes;
};

const registered = (instance: Params, name: string): number => {
  const resource = (instance.registeredResources as Params[]).find((one) => one.name === name);
  return Number(resource?.integerValue ?? 0);
};

const segmentsOf = (tasks: readonly TaskReport[], size: (task: TaskReport) => number): Segment[] =>
  tasks.map((task) => {
    const name = task.service ?? task.family;
    return {
      size: size(task),
      colour: colourOf(name),
      title: `${name} ${task.family}:${task.revision} ${task.lastStatus}`,
    };
  });

const ports = (instance: Params): Content => {
  const own = usedPorts(instance)
    .filter((port) => !AGENT_PORTS.includes(port))
    .toSorted((a, b) => a - b);
  if (own.length === 0) return html`<span class="dim">no host port taken</span>`;
  const more = own.length - MOST_PORTS;
  return [
    own.slice(0, MOST_PORTS).map((port) => html`<code class="port">${port}</code>`),
    more > 0 && html`<span class="dim">and ${more} more</span>`,
  ];
};

const card = (instance: Params, tasks: readonly TaskReport[], sizes: ReadonlyMap<string, Size>): Html => {
  const mine = tasks.filter(({ instanceId }) => instanceId === instance.ec2InstanceId);
  const sizeOf = ({ family, revision }: TaskReport): Size =>
    sizes.get(`${family}:${revision}`) ?? { cpu: 0, memory: 0 };
  const status = String(instance.status);
  const cpu = registered(instance, 'CPU');
  const memory = registered(instance, 'MEMORY');
  return html`<article class="card">
    <header>
      <b><code>${String(instance.ec2InstanceId)}</code></b>
      ${badge(status === 'ACTIVE' ? 'good' : 'busy', status)}
      ${instance.agentConnected !== true && badge('bad', 'agent disconnected')}
      <span class="dim">${zoneOf(instance)}</span>
      <span class="dim right">${mine.length} tasks</span>
    </header>
    ${bar(
      'CPU',
      cpu,
      segmentsOf(mine, (task) => sizeOf(task).cpu),
      'units',
    )}
    ${bar(
      'memory',
      memory,
      segmentsOf(mine, (task) => sizeOf(task).memory),
      'MiB',
    )}
    <div class="dim">free: ${remaining(instance, 'CPU')} CPU units, ${remaining(instance, 'MEMORY')} MiB</div>
    <div class="ports">${ports(instance)}</div>
  </article>`;
};

/** Clusters, their instances and what runs on those. `tasks`: all that have not stopped. */
export const clustersSection = async (around: Surroundings, tasks: readonly TaskReport[]): Promise<Html> => {
  const { hand } = around;
  const { clusterArns } = await hand.look('ecs', 'ListClusters', {});
  const { clusters } = await hand.look('ecs', 'DescribeClusters', { clusters: clusterArns as string[] });
  const sizes = await sizesOf(around, tasks);
  const parts: Html[] = [];
  for (const { clusterName, runningTasksCount, pendingTasksCount, activeServicesCount } of clusters as Params[]) {
    const instances = await containerInstances(hand, String(clusterName));
    const shown = instances.slice(0, MOST);
    const figures = `${Number(activeServicesCount)} services, ${Number(runningTasksCount)} tasks running, ${Number(pendingTasksCount)} pending`;
    parts.push(
      html`<h3>
          ${String(clusterName)} <small>${countOf(shown.length, instances.length)} instances, ${figures}</small>
        </h3>
        <div class="cards">${shown.map((instance) => card(instance, tasks, sizes))}</div>
        ${instances.length === 0 && html`<p class="empty">No instance.</p>`}`,
    );
  }
  return section('clusters', 'Clusters', (clusters as Params[]).length, parts);
};
