import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { checkProviders } from './capacity-providers.ts';
import { describeCluster, EVERYTHING } from './describe-cluster.ts';
import { invalid, lastPart, lookUp, paginate, readTags } from './input.ts';
import type { Cluster } from './model.ts';
import type { Quotas } from './quotas.ts';
import type { Store } from './store.ts';

interface Ports {
  store: Store;
  quotas: Quotas;
}

const DEFAULT_SETTINGS: readonly Params[] = [{ name: 'containerInsights', value: 'disabled' }];
const INSIGHTS = ['enabled', 'disabled', 'enhanced'];

const readSettings = (before: readonly Params[], given: unknown): Params[] => {
  const list = (given ?? []) as Params[];
  for (const { name, value } of list) {
    if (name === 'containerInsights' && !INSIGHTS.includes(String(value)))
      throw invalid('Invalid value for the setting containerInsights.');
  }
  const names = new Set(list.map(({ name }) => String(name)));
  return [...before.filter(({ name }) => !names.has(String(name))), ...list];
};

/** The ACTIVE cluster of that name; it is made when there is none. */
export const createCluster = ({ store, quotas }: Ports, name: string, params: Params = {}): Cluster => {
  const existing = store.clusters.get(name);
  if (existing?.status === 'ACTIVE') return existing;
  if (!/^[\w-]{1,255}$/.test(name)) throw invalid('Cluster name contains invalid characters.');
  quotas.clusters([...store.clusters.values()].filter(({ status }) => status === 'ACTIVE').length);
  const { configuration, serviceConnectDefaults, capacityProviders, defaultCapacityProviderStrategy } = params;
  checkProviders((capacityProviders ?? []) as string[], (defaultCapacityProviderStrategy ?? []) as Params[]);
  const kept = { configuration, serviceConnectDefaults, capacityProviders, defaultCapacityProviderStrategy };
  const cluster: Cluster = {
    name,
    arn: store.arn('cluster', name),
    status: 'ACTIVE',
    tags: readTags(params.tags),
    settings: readSettings(DEFAULT_SETTINGS, params.settings),
    ...Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)),
  };
  store.clusters.set(name, cluster);
  return cluster;
};

const refuseUnlessEmpty = (store: Store, name: string): void => {
  const refuse = (code: string, text: string): never => {
    throw new AwsError(`ClusterContains${code}Exception`, `The Cluster cannot be deleted while ${text}.`);
  };
  if (store.servicesOf(name).some(({ status }) => status !== 'INACTIVE')) refuse('Services', 'Services are active');
  const instances = store.instancesOf(name).filter(({ status }) => status !== 'INACTIVE');
  if (instances.length > 0) refuse('ContainerInstances', 'Container Instances are active or draining');
  const isLeft = [...store.tasks.values()].some((task) => task.cluster === name && task.lastStatus !== 'STOPPED');
  if (isLeft) refuse('Tasks', 'Tasks are active');
};

const resource = ({ clusterName, cluster }: Params): string | undefined => lastPart(clusterName ?? cluster);
const KEPT = 'capacity providers, configuration and service connect are kept only';

export const clusterOperations = ({ store, quotas }: Ports): OperationTable => ({
  CreateCluster: {
    mutating: true,
    resource,
    note: KEPT,
    run: (params) => {
      const cluster = createCluster({ store, quotas }, String(params.clusterName ?? 'default'), params);
      return { cluster: describeCluster(store, cluster, EVERYTHING) };
    },
  },
  UpdateCluster: {
    mutating: true,
    resource,
    depth: 'keeps',
    run: (params) => {
      const cluster = store.cluster(params.cluster);
      const { settings, configuration, serviceConnectDefaults } = params;
      cluster.settings = readSettings(cluster.settings, settings);
      if (configuration !== undefined) cluster.configuration = configuration as Params;
      if (serviceConnectDefaults !== undefined) cluster.serviceConnectDefaults = serviceConnectDefaults as Params;
      return { cluster: describeCluster(store, cluster, EVERYTHING) };
    },
  },
  UpdateClusterSettings: {
    mutating: true,
    resource,
    depth: 'keeps',
    run: (params) => {
      const cluster = store.cluster(params.cluster);
      cluster.settings = readSettings(cluster.settings, params.settings);
      return { cluster: describeCluster(store, cluster, EVERYTHING) };
    },
  },
  DeleteCluster: {
    mutating: true,
    resource,
    run: (params) => {
      const cluster = store.cluster(params.cluster);
      refuseUnlessEmpty(store, cluster.name);
      cluster.status = 'INACTIVE';
      return { cluster: describeCluster(store, cluster, EVERYTHING) };
    },
  },
  DescribeClusters: {
    mutating: false,
    run: (params) => {
      const names = (params.clusters ?? ['default']) as string[];
      if (names.length > 100) throw invalid('Clusters can have at most 100 items.');
      const { found, failures } = lookUp(
        names,
        (reference) => store.clusters.get(store.clusterName(reference)),
        (name) => store.arn('cluster', name),
      );
      const included = new Set((params.include ?? []) as string[]);
      return { clusters: found.map((one) => describeCluster(store, one, included)), failures };
    },
  },
  ListClusters: {
    mutating: false,
    run: (params) => {
      const arns = [...store.clusters.values()].filter(({ status }) => status === 'ACTIVE').map(({ arn }) => arn);
      const { items, ...more } = paginate(arns, params, 100);
      return { clusterArns: items, ...more };
    },
  },
});
