import type { Params } from '../../engine/contract.ts';
import { tagList } from './describe.ts';
import type { Cluster } from './model.ts';
import type { Store } from './store.ts';

const LAUNCH_TYPES = ['EC2', 'Fargate', 'External'] as const;

/** `include` of DescribeClusters; everything it names is left out without it. */
type Included = ReadonlySet<string>;

export const EVERYTHING: Included = new Set(['CONFIGURATIONS', 'SETTINGS', 'STATISTICS', 'TAGS', 'ATTACHMENTS']);

interface Counts {
  running: number;
  pending: number;
  active: number;
  draining: number;
}

/** Everything here runs on EC2, so the other launch types have nothing. */
const statisticsOf = ({ running, pending, active, draining }: Counts): Params[] =>
  LAUNCH_TYPES.flatMap((type) => {
    const of = (count: number): string => String(type === 'EC2' ? count : 0);
    return [
      { name: `running${type}TasksCount`, value: of(running) },
      { name: `pending${type}TasksCount`, value: of(pending) },
      { name: `active${type}ServiceCount`, value: of(active) },
      { name: `draining${type}ServiceCount`, value: of(draining) },
    ];
  });

export const describeCluster = (store: Store, cluster: Cluster, included: Included): Params => {
  const instances = store.instancesOf(cluster.name).filter(({ status }) => status !== 'INACTIVE');
  const services = store.servicesOf(cluster.name);
  const counts: Counts = {
    running: 0,
    pending: 0,
    active: services.filter(({ status }) => status === 'ACTIVE').length,
    draining: services.filter(({ status }) => status === 'DRAINING').length,
  };
  for (const instance of instances) {
    for (const { lastStatus } of store.liveTasksOn(instance)) {
      if (lastStatus === 'RUNNING') counts.running += 1;
      if (lastStatus === 'PENDING') counts.pending += 1;
    }
  }
  const { configuration, serviceConnectDefaults } = cluster;
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: instances.length,
    runningTasksCount: counts.running,
    pendingTasksCount: counts.pending,
    activeServicesCount: counts.active,
    statistics: included.has('STATISTICS') ? statisticsOf(counts) : [],
    settings: included.has('SETTINGS') ? cluster.settings : [],
    ...(included.has('CONFIGURATIONS') && configuration !== undefined && { configuration }),
    ...(serviceConnectDefaults !== undefined && { serviceConnectDefaults }),
    capacityProviders: cluster.capacityProviders ?? [],
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy ?? [],
    tags: included.has('TAGS') ? tagList(cluster.tags) : [],
  };
};
