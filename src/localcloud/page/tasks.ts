import type { Surroundings } from '../admin/world/event.ts';
import type { Params } from '../engine/contract.ts';
import { millisecondsOf } from '../scenarios/scenario.ts';
import type { TaskReport } from '../services/ecs.ts';
import { html, type Content, type Html } from './html.ts';
import { badge, clockTime, countOf, section, short, table, type Mood } from './pieces.ts';

const MOST = 100;
const MOST_STOPPED = 15;

const MOODS: Record<string, Mood> = { RUNNING: 'good', STOPPED: 'idle' };

const row = (task: TaskReport): Content[] => [
  short(task.taskArn),
  task.service ?? html`<span class="dim">none</span>`,
  html`<code>${task.family}:${task.revision}</code>`,
  badge(MOODS[task.lastStatus] ?? 'busy', task.lastStatus, `to be ${task.desiredStatus}`),
  html`<code>${task.instanceId}</code>`,
  task.hostPorts.map((port) => html`<code class="port">${port}</code>`),
  task.listening.map(({ host, port }) => html`<code>${host}:${port}</code> `),
];

const stoppedRow = (task: Params): Content[] => {
  const exits = ((task.containers ?? []) as Params[]).flatMap(({ name, exitCode }) =>
    exitCode === undefined ? [] : [`${String(name)} ${String(exitCode)}`],
  );
  return [
    clockTime(millisecondsOf(task.stoppedAt ?? task.stoppingAt ?? task.createdAt)),
    short(String(task.taskArn)),
    String(task.group),
    html`<code>${String(task.taskDefinitionArn).split('/').at(-1)}</code>`,
    html`<span class="dim">${String(task.stopCode ?? '')}</span>`,
    String(task.stoppedReason ?? ''),
    exits.join(', '),
  ];
};

/** The newest, of all clusters, each with what it says about its end. */
const describeStopped = async ({ hand }: Surroundings, stopped: readonly TaskReport[]): Promise<Params[]> => {
  const newest = stopped.slice(-MOST_STOPPED).toReversed();
  const tasks: Params[] = [];
  for (const cluster of new Set(newest.map(({ taskArn }) => taskArn.split('/').at(-2) ?? ''))) {
    const arns = newest.map(({ taskArn }) => taskArn).filter((arn) => arn.split('/').at(-2) === cluster);
    tasks.push(...((await hand.look('ecs', 'DescribeTasks', { cluster, tasks: arns })).tasks as Params[]));
  }
  return tasks;
};

export const tasksSection = async (around: Surroundings, tasks: readonly TaskReport[], text: string): Promise<Html> => {
  const wanted = tasks.filter(({ service = '', family }) => service.includes(text) || family.includes(text));
  const alive = wanted.filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  const stopped = wanted.filter(({ lastStatus }) => lastStatus === 'STOPPED');
  const shown = alive.slice(0, MOST);
  const described = await describeStopped(around, stopped);
  const head = ['task', 'service', 'revision', 'status', 'instance', 'ports', 'listens at'];
  const stoppedHead = ['stopped', 'task', 'group', 'revision', 'code', 'reason', 'exit codes'];
  return section(
    'tasks',
    'Tasks',
    countOf(shown.length, alive.length),
    html`${table(head, shown.map(row), 'No task.')}
      <details data-key="stopped" open>
        <summary>Stopped lately <small>${countOf(described.length, stopped.length)}</small></summary>
        ${table(stoppedHead, described.map(stoppedRow), 'None.')}
      </details>`,
  );
};
