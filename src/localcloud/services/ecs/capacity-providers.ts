import type { OperationTable, Params } from '../../engine/contract.ts';
import { describeCluster, EVERYTHING } from './describe-cluster.ts';
import { invalid, lastPart, paginate } from './input.ts';
import type { Store } from './store.ts';

/** Those of AWS itself; others cannot be made here. */
const BUILT_IN = ['FARGATE', 'FARGATE_SPOT'];
const MOST = 20;

/** @throws InvalidParameterException providers that do not exist, or a strategy that names others. */
export const checkProviders = (names: readonly string[], strategy: readonly Params[]): void => {
  if (names.length > MOST) throw invalid(`capacityProviders can have at most ${MOST} items.`);
  if (!names.every((name) => BUILT_IN.includes(name)))
    throw invalid('The specified capacity provider was not found. Specify a valid name or ARN and try again.');
  if (!strategy.every(({ capacityProvider }) => names.includes(String(capacityProvider))))
    throw invalid('The default capacity provider strategy can only name capacity providers of the cluster.');
};

export const capacityProviderOperations = (store: Store): OperationTable => ({
  PutClusterCapacityProviders: {
    mutating: true,
    resource: ({ cluster }) => lastPart(cluster),
    depth: 'keeps',
    note: 'tasks run on container instances whatever the strategy says; FARGATE and FARGATE_SPOT only',
    run: (params) => {
      const cluster = store.cluster(params.cluster);
      const names = params.capacityProviders as string[];
      const strategy = params.defaultCapacityProviderStrategy as Params[];
      checkProviders(names, strategy);
      cluster.capacityProviders = names;
      cluster.defaultCapacityProviderStrategy = strategy;
      return { cluster: describeCluster(store, cluster, EVERYTHING) };
    },
  },
  DescribeCapacityProviders: {
    mutating: false,
    depth: 'fixed',
    note: 'those of AWS itself',
    run: (params) => {
      const wanted = (params.capacityProviders as string[] | undefined) ?? BUILT_IN;
      const names = wanted.map((one) => lastPart(one) ?? '');
      const arnOf = (name: string): string => store.arn('capacity-provider', name);
      const found = names
        .filter((name) => BUILT_IN.includes(name))
        .map((name) => ({ capacityProviderArn: arnOf(name), name, status: 'ACTIVE', tags: [] }));
      const { items, ...more } = paginate(found, params, 10, 10);
      const missing = names.filter((name) => !BUILT_IN.includes(name));
      const failures = missing.map((name) => ({ arn: arnOf(name), reason: 'MISSING' }));
      return { capacityProviders: items, failures, ...more };
    },
  },
});
