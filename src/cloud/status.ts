import type { Service } from '@aws-sdk/client-ecs';
import type { ServiceStatus, ServiceSummary } from '../domain/api.ts';
import { serviceOfIncarnation, TAG } from '../domain/ids.ts';
import type { Clients } from './clients.ts';
import { describeServices, listServiceNames } from './ecs-service.ts';
import { createShare } from './share.ts';
import { createTaskReader } from './status-tasks.ts';
import { fromEcsTags } from './tags.ts';

/** What AWS knows of a service's status. */
export type CloudStatus = Omit<ServiceStatus, 'changes' | 'account'>;

/** Reads of what runs in one cluster. Answers are shared among all who ask within a second, and take at most 10 s. */
export interface ServiceReader {
  /** Names of all services of ours. ListServices: one call per 100 ECS services. */
  names(): Promise<string[]>;
  /** Undefined when no such service runs. One call more than `names`. */
  find(service: string): Promise<ServiceSummary | undefined>;
  /** All services of ours. One call per 10 services more than `names`. */
  list(): Promise<ServiceSummary[]>;
  /**
   * Undefined when no such service runs. At most 5 calls as long as the service has no more than 100 tasks: ListTasks,
   * DescribeTasks, DescribeServices, DescribeContainerInstances, DescribeInstanceHealth; without any task ListServices
   * takes the place of the second and the fourth, one call per 100 ECS services of the cluster.
   */
  status(service: string): Promise<CloudStatus | undefined>;
}

const KEEP_MS = 1_000;
const LIMIT_MS = 10_000;

export function createServiceReader(clients: Pick<Clients, 'ecs' | 'elb'>, cluster: string): ServiceReader {
  const { ecs } = clients;
  const shareNames = createShare<string[]>(KEEP_MS);
  const shareServices = createShare<Service[]>(KEEP_MS);
  const shareStatus = createShare<CloudStatus | undefined>(KEEP_MS);
  const readTasks = createTaskReader(clients, cluster);

  const incarnations = (signal: AbortSignal): Promise<string[]> =>
    shareNames('', async () =>
      (await listServiceNames(ecs, cluster, signal)).filter((name) => serviceOfIncarnation(name) !== undefined),
    );

  const incarnationsOf = async (service: string, signal: AbortSignal): Promise<Service[]> => {
    const names = (await incarnations(signal)).filter((name) => serviceOfIncarnation(name) === service);
    return names.length === 0 ? [] : describeServices(ecs, cluster, names, signal);
  };

  async function readStatus(service: string, signal: AbortSignal): Promise<CloudStatus | undefined> {
    const tasks = await readTasks.tasksOf(service, signal);
    const seen = tasks.length === 0 ? [] : await describeServices(ecs, cluster, groupsOf(tasks), signal);
    const current = newest(seen) ?? newest(await incarnationsOf(service, signal));
    if (current === undefined) return undefined;
    const tags = fromEcsTags(current.tags);
    return {
      service,
      team: tags[TAG.team] ?? '',
      ...(tags[TAG.deployment] === undefined ? {} : { currentDeployment: tags[TAG.deployment] }),
      desiredScale: current.desiredCount ?? 0,
      tasks: await readTasks.rows(tasks, current, signal),
    };
  }

  return {
    names: async () => [...new Set((await incarnations(limit())).map((name) => serviceOfIncarnation(name) ?? name))],
    async find(service) {
      const found = newest(await shareServices(service, () => incarnationsOf(service, limit())));
      return found === undefined ? undefined : summary(service, found);
    },
    async list() {
      const signal = limit();
      const services = await shareServices('*', async () =>
        describeServices(ecs, cluster, await incarnations(signal), signal),
      );
      const names = [...new Set(services.map(({ serviceName = '' }) => serviceOfIncarnation(serviceName) ?? ''))];
      return names.toSorted().flatMap((name) => {
        const found = newest(services.filter(({ serviceName = '' }) => serviceOfIncarnation(serviceName) === name));
        return found === undefined ? [] : [summary(name, found)];
      });
    },
    status: (service) => shareStatus(service, () => readStatus(service, limit())),
  };
}

const limit = () => AbortSignal.timeout(LIMIT_MS);

/** The newest incarnation that is ACTIVE and tagged as ours. */
function newest(services: Service[]): Service | undefined {
  const ours = services.filter((s) => s.status === 'ACTIVE' && fromEcsTags(s.tags)[TAG.service] !== undefined);
  return ours.toSorted((a, b) => (b.serviceName ?? '').localeCompare(a.serviceName ?? ''))[0];
}

const groupsOf = (tasks: { group?: string }[]): string[] => [
  ...new Set(tasks.map(({ group = '' }) => group.replace(/^service:/, ''))),
];

function summary(service: string, { tags: list, desiredCount = 0, runningCount = 0 }: Service): ServiceSummary {
  const tags = fromEcsTags(list);
  return {
    service,
    team: tags[TAG.team] ?? '',
    ...(tags[TAG.deployment] === undefined ? {} : { currentDeployment: tags[TAG.deployment] }),
    desired: desiredCount,
    running: runningCount,
  };
}
