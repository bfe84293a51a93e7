import { AwsError, type OperationTable, type Params } from '../../engine/contract.ts';
import { createCluster } from './clusters.ts';
import { subjectOf } from './constraints.ts';
import { describeInstance } from './describe-instance.ts';
import { wantsTags } from './describe.ts';
import { invalid, lastPart, lookUp, paginate, readTags, references } from './input.ts';
import type { Instances } from './instances.ts';
import type { ContainerInstance } from './model.ts';
import { readQuery } from './query.ts';
import type { Quotas } from './quotas.ts';
import type { Store } from './store.ts';

interface Ports {
  store: Store;
  instances: Instances;
  quotas: Quotas;
}

const resource = ({ cluster }: Params): string | undefined => lastPart(cluster);

/** EC2 instance id out of the identity document that an agent sends. */
const readIdentity = (document: unknown): string => {
  try {
    const { instanceId } = JSON.parse(String(document ?? '')) as { instanceId?: unknown };
    if (typeof instanceId === 'string') return instanceId;
  } catch {
    // Answered below, as any other document without an instance.
  }
  throw invalid('The instance identity document is not valid.');
};

/** Container instances, as callers manage them. */
export const instanceOperations = ({ store, instances, quotas }: Ports): OperationTable => {
  const find = (params: Params): ContainerInstance => {
    const { name } = store.cluster(params.cluster);
    const instance = store.findInstance(name, params.containerInstance);
    if (instance === undefined) throw invalid('Referenced container instance not found.');
    return instance;
  };
  const findAll = (given: unknown, cluster: string, most: number) =>
    lookUp(
      references(given, 'Container instances', most),
      (reference) => store.findInstance(cluster, reference),
      (id) => store.arn('container-instance', `${cluster}/${id}`),
    );

  return {
    RegisterContainerInstance: {
      mutating: true,
      resource,
      note: 'signature, resources, versions and attributes of the agent are not read: the machine says what it has',
      run: (params) => {
        const { name } = createCluster({ store, quotas }, store.clusterName(params.cluster));
        const tags = readTags(params.tags);
        const instance = instances.register(name, readIdentity(params.instanceIdentityDocument));
        Object.assign(instance.tags, tags);
        return { containerInstance: describeInstance(store, instance, true) };
      },
    },
    DeregisterContainerInstance: {
      mutating: true,
      resource,
      note: 'with force its tasks are STOPPED at once, where AWS leaves their containers running unseen',
      run: (params) => {
        const instance = find(params);
        const tasks = [...store.liveTasksOn(instance)];
        if (tasks.length > 0 && params.force !== true) throw invalid('Found running tasks on the instance.');
        for (const task of tasks) task.stopCode ??= 'UserInitiated';
        if (instance.status !== 'INACTIVE')
          instances.deregister(instance, 'Container instance deregistration forced by user');
        return { containerInstance: describeInstance(store, instance, false) };
      },
    },
    ListContainerInstances: {
      mutating: false,
      resource,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const { status, filter } = params;
        const query = filter === undefined || filter === '' ? undefined : readQuery(String(filter));
        const arns = store
          .instancesOf(name)
          .filter((one) => (status === undefined ? one.status !== 'INACTIVE' : one.status === status))
          .filter((one) => query === undefined || query(subjectOf(one, store.liveTasksOn(one))))
          .map(({ arn }) => arn);
        const { items, ...more } = paginate(arns, params, 100);
        return { containerInstanceArns: items, ...more };
      },
    },
    DescribeContainerInstances: {
      mutating: false,
      resource,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const { found, failures } = findAll(params.containerInstances, name, 100);
        return { containerInstances: found.map((one) => describeInstance(store, one, wantsTags(params))), failures };
      },
    },
    UpdateContainerInstancesState: {
      mutating: true,
      resource,
      run: (params) => {
        const { name } = store.cluster(params.cluster);
        const { status } = params;
        if (status !== 'ACTIVE' && status !== 'DRAINING')
          throw invalid('Container instance status must be ACTIVE or DRAINING.');
        const { found, failures } = findAll(params.containerInstances, name, 10);
        const able = found.filter((one) => one.status === 'ACTIVE' || one.status === 'DRAINING');
        for (const instance of able) if (instance.status !== status) instances.setStatus(instance, status);
        const unable = found
          .filter((one) => !able.includes(one))
          .map(({ arn, status: reason }) => ({ arn, reason: String(reason) }));
        return {
          containerInstances: able.map((one) => describeInstance(store, one, false)),
          failures: [...failures, ...unable],
        };
      },
    },
    UpdateContainerAgent: {
      mutating: true,
      resource,
      depth: 'fixed',
      note: 'every agent is the newest',
      run: (params) => {
        find(params);
        throw new AwsError('NoUpdateAvailableException', 'There is no update available for your container agent.');
      },
    },
  };
};
